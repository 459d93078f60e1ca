//! Enums of the wire whose variants are those of an enum of the engine.

/// Declares an enum of the wire with the names of all variants of one of the engine, and how that one becomes it. A name that
/// only one of the two has does not compile.
macro_rules! mirror {
    ($(#[$meta:meta])* $vis:vis enum $name:ident of $engine:path {
        $($(#[$variant_meta:meta])* $variant:ident,)+
    }) => {
        $(#[$meta])*
        $vis enum $name {
            $($(#[$variant_meta])* $variant,)+
        }

        impl From<$engine> for $name {
            fn from(value: $engine) -> Self {
                type Engine = $engine;
                match value {
                    $(Engine::$variant => Self::$variant,)+
                }
            }
        }
    };
}
pub(crate) use mirror;
