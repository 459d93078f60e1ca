//! Writes `src/generated.rs` of the crate `stardust-inx` from the published `proto/inx.proto`:
//!
//! ```text
//! cargo run --manifest-path native/inx/generate/Cargo.toml
//! ```
//!
//! Of the service only the methods below are taken, and of the messages only those that they need: the wire form
//! of a method and of a message does not depend on the others.

use std::{
    collections::{BTreeMap, BTreeSet},
    error::Error,
    fs,
    path::Path,
};

use prost_types::{DescriptorProto, FileDescriptorProto};

const METHODS: &[&str] = &[
    "ReadNodeStatus",
    "ReadNodeConfiguration",
    "ReadProtocolParameters",
    "ReadMilestone",
    "ReadUnspentOutputs",
    "ListenToLedgerUpdates",
];

const HEAD: &str = "// Written by native/inx/generate from proto/inx.proto: not to be edited.\n\n";

fn main() -> Result<(), Box<dyn Error>> {
    let inx = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = protox::compile(["inx.proto"], [inx.join("proto")])?;
    for file in &mut files.file {
        reduce(file)?;
    }
    let scratch = std::env::temp_dir().join(format!("stardust-inx-{}", std::process::id()));
    fs::create_dir_all(&scratch)?;
    tonic_prost_build::configure()
        .build_transport(false)
        .bytes(".")
        .out_dir(&scratch)
        .compile_fds(files)?;
    let code = fs::read_to_string(scratch.join("inx.rs"))?;
    fs::remove_dir_all(&scratch)?;
    fs::write(inx.join("src/generated.rs"), format!("{HEAD}{code}"))?;
    Ok(())
}

/// Keeps the methods of [`METHODS`] and what they need.
fn reduce(file: &mut FileDescriptorProto) -> Result<(), Box<dyn Error>> {
    // places of comments count what is dropped here
    let comments = file.source_code_info.take();
    drop(comments);
    for service in &mut file.service {
        service.method.retain(|method| METHODS.contains(&method.name()));
        if service.method.len() != METHODS.len() {
            return Err("proto/inx.proto does not have all methods".into());
        }
    }
    let methods = file.service.iter().flat_map(|service| &service.method);
    let mut open: Vec<String> =
        methods.flat_map(|method| [method.input_type().to_owned(), method.output_type().to_owned()]).collect();
    let prefix = format!(".{}.", file.package());
    let messages: BTreeMap<String, &DescriptorProto> =
        file.message_type.iter().map(|message| (message.name().to_owned(), message)).collect();
    let mut needed = BTreeSet::new();
    while let Some(name) = open.pop() {
        let Some(name) = name.strip_prefix(&prefix).and_then(|name| name.split('.').next()) else { continue };
        if let (Some(message), true) = (messages.get(name), needed.insert(name.to_owned())) {
            fields(message, &mut open);
        }
    }
    file.message_type.retain(|message| needed.contains(message.name()));
    Ok(())
}

fn fields(message: &DescriptorProto, types: &mut Vec<String>) {
    types.extend(message.field.iter().filter_map(|field| field.type_name.clone()));
    message.nested_type.iter().for_each(|nested| fields(nested, types));
}
