//! Credentials for nodes. They are kept in wiped memory and show in no text. The HTTP library makes a header of
//! them for each request, which it does not wipe.

use std::fmt;

use zeroize::Zeroizing;

/// What a node wants to see in the header `Authorization`.
///
/// Over plain http anybody on the way can read it: meant for nodes on the same host or network.
#[derive(Clone)]
pub enum Auth {
    /// User and password (RFC 7617).
    Basic {
        /// User; without `:`.
        user: Zeroizing<String>,
        /// Password.
        password: Zeroizing<String>,
    },
    /// A token, such as a JWT (RFC 6750).
    Bearer(Zeroizing<String>),
}

impl Auth {
    /// A user and password.
    #[must_use]
    pub fn basic(user: String, password: String) -> Self {
        Self::Basic { user: user.into(), password: password.into() }
    }

    /// A token.
    #[must_use]
    pub fn bearer(token: String) -> Self {
        Self::Bearer(token.into())
    }

    /// Whether it can be sent as it is. A user with `:` would move the border to the password.
    pub(crate) fn is_sendable(&self) -> bool {
        match self {
            Self::Basic { user, password } => {
                !user.contains(':') && !user.chars().chain(password.chars()).any(char::is_control)
            }
            Self::Bearer(token) => !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic()),
        }
    }
}

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Basic { .. } => f.write_str("Basic(..)"),
            Self::Bearer(_) => f.write_str("Bearer(..)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Auth;

    #[test]
    fn shows_nothing() {
        assert_eq!(format!("{:?}", Auth::basic("alice".into(), "hunter2".into())), "Basic(..)");
        assert_eq!(format!("{:?}", Auth::bearer("hunter2".into())), "Bearer(..)");
    }

    #[test]
    fn knows_what_cannot_be_sent() {
        assert!(Auth::basic("alice".into(), "a:b c".into()).is_sendable());
        assert!(!Auth::basic("al:ice".into(), "x".into()).is_sendable());
        assert!(!Auth::basic("alice".into(), "x\r\n".into()).is_sendable());
        assert!(Auth::bearer("ey.J-_".into()).is_sendable());
        assert!(!Auth::bearer("a b".into()).is_sendable());
        assert!(!Auth::bearer(String::new()).is_sendable());
    }
}
