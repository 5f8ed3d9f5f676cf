#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| service_kit::bus::fuzzing::message(input));
