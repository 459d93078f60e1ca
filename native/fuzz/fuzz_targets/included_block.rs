#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    stardust_client::fuzz::included_block(bytes);
});
