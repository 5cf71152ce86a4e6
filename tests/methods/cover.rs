//! Networks for cover songs: published sizes, what they take, and what they cannot hear.

use bench::methods::cover::{CqtNet, FcnCqtNet, Network, TppNet};
use bench::model::{Classifier, CqtNetConfig, TppNetConfig};
use bench::{Classes, Registry, Result, Seed, settings};
use tch::nn::VarStore;
use tch::{Device, Kind, Tensor};

fn parameters(vars: &VarStore) -> i64 {
    vars.trainable_variables().iter().map(|tensor| tensor.numel() as i64).sum()
}

fn cqt_net(config: &CqtNetConfig) -> (VarStore, Result<CqtNet>) {
    let vars = VarStore::new(Device::Cpu);
    let network = CqtNet::new(&vars.root(), config, 84);
    (vars, network)
}

fn tpp_net(config: &TppNetConfig) -> (VarStore, Result<TppNet>) {
    let vars = VarStore::new(Device::Cpu);
    let network = TppNet::new(&vars.root(), config, 84);
    (vars, network)
}

fn classifier(songs: usize) -> i64 {
    let vars = VarStore::new(Device::Cpu);
    let names: Vec<String> = (0..songs).map(|song| song.to_string()).collect();
    let classes = Classes { names: &names, exclusive: true };
    Classifier::new(&vars.root(), 300, classes, 0.0).unwrap();
    parameters(&vars)
}

fn sound(frames: i64) -> Tensor {
    Tensor::rand([1, frames, 84], (Kind::Float, Device::Cpu))
}

#[test]
fn cqt_net_has_its_published_size() {
    let _generator = Seed::new(1).torch();
    let (vars, _network) = cqt_net(&CqtNetConfig::default());
    assert_eq!(parameters(&vars), 4_926_528 + 153_900);
    assert_eq!(parameters(&vars) + classifier(10_000), 8_090_428);
}

#[test]
fn tpp_net_has_the_size_of_its_layers() {
    let _generator = Seed::new(1).torch();
    let (vars, _network) = tpp_net(&TppNetConfig::default());
    let spectral = 36 * 40 * 32 + 12 * 3 * 32 * 64 + 3 * 3 * 64 * 128;
    let temporal = 3 * 128 * 256 + 3 * 256 * 512 + 3 * 512 * 512;
    let norms = 2 * (32 + 64 + 128 + 256 + 512 + 512);
    assert_eq!(parameters(&vars), spectral + temporal + norms + (5120 + 1) * 300);
}

#[test]
fn all_published_lengths_and_the_fewest_frames_give_300_values() {
    let _generator = Seed::new(1).torch();
    let (_vars, cqt_net) = cqt_net(&CqtNetConfig::default());
    let (_vars, tpp_net) = tpp_net(&TppNetConfig::default());
    let (cqt_net, tpp_net) = (cqt_net.unwrap(), tpp_net.unwrap());
    // Ten convolutions and four pools leave one frame of 172; six convolutions, four of 198.
    assert_eq!((cqt_net.least_frames(), tpp_net.least_frames()), (172, 198));
    for frames in [198, 200, 300, 400] {
        let clips = sound(frames);
        assert_eq!(cqt_net.forward(&clips, false).size(), [1, 300], "{frames} frames");
        assert_eq!(tpp_net.forward(&clips, false).size(), [1, 300], "{frames} frames");
    }
    assert_eq!(cqt_net.forward(&sound(172), false).size(), [1, 300]);
}

#[test]
fn the_join_of_both_has_512_and_300_values_and_one_length() {
    let _generator = Seed::new(1).torch();
    let vars = VarStore::new(Device::Cpu);
    let entry = *Registry::builtin().find("fcn_cqtnet").unwrap();
    let text: serde_yaml::Value = settings::parse(entry.config("paper").unwrap(), "yaml").unwrap();
    let config = settings::from_value(text["method"]["encoder"].clone(), "encoder").unwrap();
    let network = <FcnCqtNet as Network>::new(&vars.root(), &config, 84, 400).unwrap();
    assert_eq!(parameters(&vars), 370_562 + 4_926_528 + 153_900 + (512 + 300 + 1) * 300);
    assert_eq!(network.least_frames(), 400);
    assert_eq!(network.forward(&sound(400), false).size(), [1, 300]);
    assert!(<FcnCqtNet as Network>::new(&vars.root().sub("short"), &config, 84, 100).is_err());
}

/// A narrow network whose norms have seen something, so that they let it through.
fn practised(layers: usize) -> (VarStore, CqtNet) {
    let (vars, network) = cqt_net(&CqtNetConfig { channels: vec![8; layers], dim: 20 });
    let network = network.unwrap();
    tch::no_grad(|| (0..20).for_each(|_| drop(network.forward(&sound(200), true))));
    (vars, network)
}

fn distance(a: &Tensor, b: &Tensor) -> f64 {
    (a - b).abs().max().double_value(&[])
}

#[test]
fn level_is_not_heard_and_silence_is_embedded() {
    let _generator = Seed::new(2).torch();
    let (_vars, network) = practised(10);
    let embed = |clips: &Tensor| network.forward(clips, false);
    let clips = sound(200);
    assert!(distance(&embed(&clips), &embed(&(&clips * 50.0))) < 1e-4);
    assert!(distance(&embed(&clips), &embed(&clips.square())) > 1e-2, "nothing is heard");
    assert_eq!(embed(&(clips * 0.0)).isfinite().all().int64_value(&[]), 1);
}

/// Six layers hear 42 bins and answer at 55 places, the first of which hears bins −6 to 35:
/// whatever is heard of bins 35 to 48 is heard at all of its places. Ten layers hear 50 bins, and
/// would leave some out at either end.
#[test]
fn a_pattern_moved_by_up_to_ten_semitones_in_the_middle_has_the_same_cqt_net_embedding() {
    let _generator = Seed::new(3).torch();
    let (_vars, network) = practised(6);
    let pattern = Tensor::rand([1, 200, 4], (Kind::Float, Device::Cpu));
    let at = |lowest: i64| {
        let silence = Tensor::zeros([1, 200, 84], (Kind::Float, Device::Cpu));
        silence.narrow(2, lowest, 4).copy_(&pattern);
        network.forward(&silence, false)
    };
    let first = at(35);
    for lowest in 36..=45 {
        let error = distance(&at(lowest), &first);
        assert!(error < 1e-5, "bin {lowest}: {error:.1e}");
    }
    assert!(distance(&at(0), &first) > 1e-2, "the border is not heard");
}

#[test]
fn settings_that_make_no_network_are_refused() {
    let _generator = Seed::new(1).torch();
    let refused = |config: CqtNetConfig| cqt_net(&config).1.unwrap_err().to_string();
    assert!(refused(CqtNetConfig { channels: vec![4, 8, 8], dim: 3 }).contains("even number"));
    assert!(refused(CqtNetConfig { channels: vec![], dim: 3 }).contains("even number"));
    assert!(refused(CqtNetConfig { channels: vec![4, 0], dim: 3 }).contains("1 to 16384"));
    assert!(refused(CqtNetConfig { channels: vec![4; 50], dim: 3 }).contains("nothing of 84 bins"));
    let sane = TppNetConfig::default();
    let refused = |config: TppNetConfig| tpp_net(&config).1.unwrap_err().to_string();
    assert!(refused(TppNetConfig { channels: vec![4], ..sane.clone() }).contains("3 channels"));
    assert!(refused(TppNetConfig { pyramid: vec![], ..sane.clone() }).contains("1 level"));
    assert!(refused(TppNetConfig { dim: 0, ..sane.clone() }).contains("1 to 16384"));
    let wide = TppNetConfig { kernel: [73, 40], ..sane };
    assert!(refused(wide).contains("nothing of 84 bins; 86 are needed"));
}
