#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    stardust_wallet::fuzz::backup_file(bytes);
});
