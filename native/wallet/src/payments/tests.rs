//! Payments against a real database, real keys, real transactions and a scripted node.

mod auditing;
mod blocks;
mod cancelling;
mod ends;
mod halted;
mod inputs;
mod journal;
mod model;
mod nodes;
mod offers;
mod options;
mod policy;
mod prepared;
mod questions;
mod recovery;
mod samples;
mod scripted;
mod sending;
mod sweeping;
mod tending;
mod withdrawing;
mod world;
