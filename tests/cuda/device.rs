//! What only a machine with an NVIDIA device can show: `make cuda-check`.

use bench::native::{self, Adam, AdamTensors, Autocast};
use tch::{Device, Kind, Tensor};

const CUDA: Device = Device::Cuda(0);

fn load() {
    native::load_cuda().expect("libtorch_cuda beside libtorch_cpu");
    assert_eq!(native::cuda_unavailable_reason(), None);
    native::disable_tf32().expect("libtorch's switch");
}

fn randn(shape: &[i64]) -> Tensor {
    Tensor::randn(shape, (Kind::Float, Device::Cpu))
}

fn distance(a: &Tensor, b: &Tensor) -> f64 {
    (a.to_device(Device::Cpu).to_kind(Kind::Double) - b.to_kind(Kind::Double))
        .abs()
        .max()
        .double_value(&[])
}

#[test]
#[ignore = "needs CUDA"]
fn an_f32_product_is_not_a_tf32_one() {
    load();
    let (a, b) = (randn(&[256, 256]), randn(&[256, 256]));
    let exact = a.to_kind(Kind::Double).matmul(&b.to_kind(Kind::Double));
    assert!(distance(&a.to_device(CUDA).matmul(&b.to_device(CUDA)), &exact) < 1e-3);
    let (x, w) = (randn(&[8, 64, 200]), randn(&[64, 64, 3]));
    let convolve = |x: &Tensor, w: &Tensor| x.conv1d(w, None::<Tensor>, 1, 1, 1, 1);
    let exact = convolve(&x.to_kind(Kind::Double), &w.to_kind(Kind::Double));
    assert!(distance(&convolve(&x.to_device(CUDA), &w.to_device(CUDA)), &exact) < 1e-3);
}

#[test]
#[ignore = "needs CUDA"]
fn autocast_computes_products_in_bf16() {
    load();
    let ones = Tensor::ones([8, 8], (Kind::Float, CUDA));
    let _guard = Autocast::bf16(CUDA).expect("autocast on CUDA");
    assert_eq!(ones.matmul(&ones).kind(), Kind::BFloat16);
}

#[test]
#[ignore = "needs CUDA"]
fn an_update_is_the_same_on_both_devices() {
    load();
    let adam = Adam {
        learning_rate: 0.01,
        beta1: 0.9,
        beta2: 0.999,
        weight_decay: 0.1,
        epsilon: 1e-8,
        decoupled: false,
    };
    let (param, grad) = (randn(&[1000]), randn(&[1000]));
    let [on_cpu, on_cuda] = [Device::Cpu, CUDA].map(|device| {
        let place = |tensor: &Tensor| [tensor.to_device(device).copy()];
        let (params, grads) = (place(&param), place(&grad));
        let (means, squares) = (place(&param.zeros_like()), place(&param.zeros_like()));
        let steps = place(&Tensor::from(0f32));
        let tensors = AdamTensors {
            params: &params,
            grads: &grads,
            means: &means,
            squares: &squares,
            steps: &steps,
        };
        (0..10).for_each(|_| adam.update(tensors).expect("an update"));
        let [param] = params;
        param
    });
    assert!(distance(&on_cuda, &on_cpu) < 1e-6);
}

#[test]
#[ignore = "needs CUDA"]
fn a_step_counts_the_same_operations_on_both_devices() {
    load();
    let [on_cpu, on_cuda] = [Device::Cpu, CUDA].map(|device| {
        let place = |shape: &[i64]| randn(shape).to_device(device).set_requires_grad(true);
        let (q, w, filter) = (place(&[2, 3, 64, 32]), place(&[32, 32]), place(&[3, 3, 5]));
        let step = || {
            let heads = Tensor::scaled_dot_product_attention(
                &q,
                &q,
                &q,
                None::<Tensor>,
                0.0,
                false,
                None,
                false,
            );
            let rows = heads.linear(&w, None::<Tensor>).sum_dim_intlist(2, false, Kind::Float);
            rows.conv1d(&filter, None::<Tensor>, 1, 2, 1, 1).sum(Kind::Float).backward();
        };
        native::count_flops(step).expect("not nested").1
    });
    assert!(on_cpu > 0);
    assert_eq!(on_cuda, on_cpu);
}

#[test]
#[ignore = "needs CUDA"]
fn a_generator_state_that_is_put_back_repeats_the_draws() {
    load();
    let draw = || Tensor::rand([100], (Kind::Float, CUDA)).to_device(Device::Cpu);
    let state = native::generator_state(CUDA).expect("CUDA has a generator");
    let first = draw();
    native::set_generator_state(CUDA, &state).expect("its own state");
    assert_eq!(distance(&draw(), &first), 0.0);
}

#[test]
#[ignore = "needs CUDA"]
fn the_memory_of_a_tensor_is_seen_after_it_is_gone() {
    load();
    native::reset_peak_memory(CUDA);
    let before = native::peak_memory(CUDA).expect("CUDA says");
    drop(Tensor::ones([64 << 20], (Kind::Uint8, CUDA)));
    native::synchronize(CUDA);
    assert!(native::peak_memory(CUDA).expect("CUDA says") >= before + (64 << 20));
}

#[test]
#[ignore = "needs CUDA"]
fn what_is_copied_to_the_device_is_counted_and_what_stays_there_is_not() {
    load();
    let there = Tensor::ones([1000], (Kind::Float, CUDA));
    let copy = |tensor: &Tensor| native::count_copies(|| tensor.to_device(CUDA).copy());
    assert_eq!(copy(&randn(&[1000])).expect("not nested").1, 4000);
    assert_eq!(copy(&there).expect("not nested").1, 0);
    let back = native::count_copies(|| there.to_device(Device::Cpu));
    assert_eq!(back.expect("not nested").1, 0);
}

#[test]
#[ignore = "needs CUDA"]
fn a_device_that_computes_all_the_time_is_busy() {
    load();
    let square = Tensor::ones([4096, 4096], (Kind::Float, CUDA));
    let compute = || {
        for _ in 0..40 {
            (0..10).for_each(|_| drop(square.matmul(&square)));
            native::synchronize(CUDA);
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    };
    let (_, warm) = native::busy_share(CUDA, compute);
    let (_, busy) = native::busy_share(CUDA, || (0..10).for_each(|_| compute()));
    assert!(warm.is_none_or(|share| share <= 1.0));
    let busy = busy.expect("the driver tells");
    assert!((0.3..=1.0).contains(&busy), "{busy}");
}

#[test]
#[ignore = "needs CUDA"]
fn the_model_of_the_device_is_told() {
    load();
    let model = native::cuda_model(0).expect("the driver tells");
    assert!(model.contains("NVIDIA"), "{model}");
    assert_eq!(bench::device::name(CUDA), format!("cuda:0 {model}"));
}
