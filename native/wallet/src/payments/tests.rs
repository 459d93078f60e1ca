//! Payments against a real database, real keys, real transactions and a scripted node.

mod ends;
mod inputs;
mod model;
mod nodes;
mod scripted;
mod sending;
mod world;
