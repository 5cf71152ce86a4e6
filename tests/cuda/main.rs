//! What is the whole process's, so that tests beside it would disturb it: the CPU's generator and
//! memory, and what only a machine with an NVIDIA device can show (`make cuda-check`).

mod device;
mod native;
mod training;
#[path = "../common/trial.rs"]
mod trial;
