//! Networks that methods are made of: encoders under the names of their public checkpoints, their
//! front ends, and heads.

pub mod classifier;
pub mod cnn1d;
pub mod constant;
pub mod contrast;
pub mod conv_norm;
pub mod cqt_net;
pub mod decibel_fcn;
pub mod decibel_mel;
pub mod fcn;
pub mod head;
pub mod image;
pub mod layer;
pub mod mask;
pub mod mel_vit;
pub mod momentum;
pub mod musicnn;
pub mod patch;
pub mod sample_cnn;
pub mod sample_cnn_at;
pub mod similarity;
pub mod tpp_net;
pub mod transformer;
pub mod tune;
pub mod vit;
pub mod weights;

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
