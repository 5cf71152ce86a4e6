//! Networks that methods are made of: encoders under the names of their public checkpoints, and
//! heads.

pub mod constant;
pub mod contrast;
pub mod fcn;
pub mod head;
pub mod layer;
pub mod patch;
pub mod sample_cnn;
pub mod similarity;
pub mod tune;
pub mod vit;

pub use constant::Constant;
pub use fcn::{Fcn, FcnConfig};
pub use head::Projector;
pub use patch::Tokeniser;
pub use sample_cnn::{SampleCnn, SampleCnnConfig};
pub use tune::{Tune, TuneConfig};
pub use vit::{Vit, VitConfig};
