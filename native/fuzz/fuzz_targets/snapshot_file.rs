#![no_main]

libfuzzer_sys::fuzz_target!(
    init: {
        // Stronghold panics on purpose, and that is caught where it is called. The fuzzer's own hook would take it for
        // a finding; what is not caught ends the process in any case.
        std::panic::set_hook(Box::new(|_| {}));
    },
    |bytes: &[u8]| {
        stardust_wallet::fuzz::snapshot_file(bytes);
    }
);
