//! Networks that methods are made of: encoders under the names of their public checkpoints (over
//! samples, over spectrograms, over tokens), their front ends, layers and heads, and the losses
//! that several methods share.

mod attention;
pub mod contrast;
pub mod layer;
pub mod momentum;
pub mod similarity;
mod spectrogram;
mod waveform;
pub mod weights;

pub use attention::{mask, mel_vit, patch, transformer, vit};
pub use layer::{classifier, constant, conv_norm, head};
pub use spectrogram::{cnn1d, cqt_net, decibel_fcn, decibel_mel, fcn, image, musicnn, tpp_net};
pub use waveform::{sample_cnn, sample_cnn_at, tune};

pub use classifier::Classifier;
pub use cnn1d::{Cnn1d, Cnn1dConfig};
pub use constant::Constant;
pub use conv_norm::ConvNorm;
pub use cqt_net::{CqtNet, CqtNetConfig};
pub use decibel_fcn::DecibelFcn;
pub use decibel_mel::DecibelMel;
pub use fcn::{Fcn, FcnConfig};
pub use head::{NormedHead, Projector};
pub use mel_vit::MelVit;
pub use momentum::Momentum;
pub use musicnn::{Musicnn, MusicnnConfig};
pub use patch::Tokeniser;
pub use sample_cnn::{SampleCnn, SampleCnnConfig};
pub use sample_cnn_at::{SampleCnnAt, SampleCnnSettings};
pub use tpp_net::{TppNet, TppNetConfig};
pub use transformer::{FeedForward, Transformer, TransformerConfig};
pub use tune::{Tune, TuneConfig};
pub use vit::{Blocks, Vit, VitConfig};
