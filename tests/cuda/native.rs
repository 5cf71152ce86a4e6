//! The CPU's generator and memory.

use bench::native::{generator_state, peak_memory, reset_peak_memory, set_generator_state};
use tch::{Device, Kind, Tensor};

#[test]
fn a_generator_state_that_is_put_back_repeats_the_draws() {
    let draw = || Vec::<f64>::try_from(Tensor::rand([9], (Kind::Double, Device::Cpu)));
    let state = generator_state(Device::Cpu).expect("the CPU has a generator");
    assert_eq!(state.kind(), Kind::Uint8);
    let first = draw().expect("a vector");
    set_generator_state(Device::Cpu, &state).expect("its own state");
    assert_eq!(draw().expect("a vector"), first);
}

#[test]
fn bytes_that_are_no_generator_state_are_refused() {
    let bytes = Tensor::zeros([3], (Kind::Uint8, Device::Cpu));
    assert!(set_generator_state(Device::Cpu, &bytes).is_err());
}

#[test]
#[cfg(target_os = "linux")]
fn the_memory_of_a_tensor_is_seen_after_it_is_gone() {
    reset_peak_memory(Device::Cpu);
    let before = peak_memory(Device::Cpu).expect("Linux says");
    drop(Tensor::ones([64 << 20], (Kind::Uint8, Device::Cpu)));
    let after = peak_memory(Device::Cpu).expect("Linux says");
    assert!(after >= before + (60 << 20), "{before} then {after}");
}
