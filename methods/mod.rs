//! The methods: one folder and one entry each, written as an outside crate would write them.

use bench::Entry;

pub mod byol;
pub mod checkpoint;
pub mod chroma;
pub mod clmr;
pub mod cover;
pub mod embeddings;
pub mod keymyna;
pub mod log_mel;
pub mod mae;
pub mod majority;
pub mod moco;
pub mod myna;
pub mod pemr;
pub mod semisupcon;
pub mod simclr;
pub mod supervised;
pub mod torchscript;

/// Every built-in method.
pub const ALL: &[Entry] = &[
    Entry::baseline::<majority::Majority>("majority", majority::CONFIGS),
    Entry::baseline::<log_mel::LogMel>("log_mel", log_mel::CONFIGS),
    Entry::baseline::<chroma::Chroma>("chroma", chroma::CONFIGS),
    Entry::baseline::<checkpoint::Checkpoint>("checkpoint", checkpoint::CONFIGS),
    Entry::baseline::<torchscript::TorchScript>("torchscript", torchscript::CONFIGS),
    Entry::baseline::<embeddings::Embeddings>("embeddings", embeddings::CONFIGS),
    Entry::method::<clmr::Clmr>("clmr", clmr::CONFIGS),
    Entry::method::<simclr::SimClr>("simclr", simclr::CONFIGS),
    Entry::method::<moco::Moco>("moco_v1", moco::V1),
    Entry::method::<moco::Moco>("moco_v2", moco::V2),
    Entry::method::<byol::Byol>("byol", byol::CONFIGS),
    Entry::method::<mae::Mae>("mae", mae::CONFIGS),
    Entry::method::<myna::Myna>("myna_square", myna::SQUARE),
    Entry::method::<myna::Myna>("myna_vertical", myna::VERTICAL),
    Entry::method::<myna::Myna>("myna_hybrid", myna::HYBRID),
    Entry::method::<keymyna::KeyMyna>("keymyna", keymyna::CONFIGS),
    Entry::method::<pemr::Pemr>("pemr", pemr::CONFIGS),
    Entry::method::<supervised::Supervised<supervised::SampleCnn>>(
        "samplecnn",
        supervised::sample_cnn::CONFIGS,
    ),
    Entry::method::<supervised::Supervised<supervised::Fcn4>>("fcn4", supervised::fcn4::CONFIGS),
    Entry::method::<supervised::Supervised<supervised::Musicnn>>(
        "musicnn",
        supervised::musicnn::CONFIGS,
    ),
    Entry::method::<supervised::Supervised<supervised::Cnn1d>>("cnn1d", supervised::cnn1d::CONFIGS),
    Entry::method::<cover::Cover<cover::CqtNet>>("cqtnet", cover::cqtnet::CONFIGS),
    Entry::method::<cover::Cover<cover::TppNet>>("tppnet", cover::tppnet::CONFIGS),
    Entry::method::<cover::Cover<cover::FcnCqtNet>>("fcn_cqtnet", cover::fcn_cqtnet::CONFIGS),
    Entry::method::<semisupcon::SemiSupCon>("semisupcon", semisupcon::SAMPLE_CNN),
    Entry::method::<semisupcon::SemiSupCon>("semisupcon_tune", semisupcon::TUNE),
];
