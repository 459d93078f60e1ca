//! The OpenRPC description of the message interface, generated from the types that read and write the messages.
//!
//! It is committed as `schema/stardust-wallet.openrpc.json`. `UPDATE_SCHEMA=1 cargo test -p stardust-wallet-ffi schema`
//! writes it anew; without the variable the same test fails when the file is stale. Built into tests only.

use std::{collections::BTreeMap, fs, path::Path};

use schemars::{JsonSchema, Schema, SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};
use stardust_wallet::error::ErrorKind;

use crate::{
    abi::ABI_VERSION,
    config::Config,
    error::{ErrorObject, code},
    message::{
        METHODS, Method,
        notifications::{EventNotification, EventsDroppedNotification, LogNotification},
    },
};

const FILE: &str = "schema/stardust-wallet.openrpc.json";
const KINDS: &str = "../wallet/src/error.rs";

#[test]
fn schema_is_fresh() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE);
    let fresh = serde_json::to_string_pretty(&document()).unwrap() + "\n";
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        fs::write(&file, &fresh).unwrap();
    }
    let committed = fs::read_to_string(&file).unwrap_or_default();
    assert!(committed == fresh, "{FILE} is stale: run UPDATE_SCHEMA=1 cargo test -p stardust-wallet-ffi schema");
}

#[test]
fn method_names_are_unique() {
    let mut names: Vec<_> = METHODS.iter().map(|method| method.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), METHODS.len());
}

#[test]
fn all_references_lead_somewhere() {
    let document = document();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let text = document.to_string();
    let mut count = 0;
    for part in text.split("\"$ref\":\"").skip(1) {
        let name = part.split('"').next().unwrap().strip_prefix("#/components/schemas/").unwrap();
        assert!(schemas.contains_key(name), "{name}");
        count += 1;
    }
    assert!(count > 50);
}

fn document() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    let mut generator = SchemaGenerator::new(settings);
    let methods: Vec<Value> = METHODS
        .iter()
        .filter(|method| !method.name.starts_with("test."))
        .map(|method| describe(method, &mut generator))
        .collect();
    let notifications = json!([
        notification::<EventNotification<'_>>("event", &mut generator),
        notification::<EventsDroppedNotification>("eventsDropped", &mut generator),
        notification::<LogNotification>("log", &mut generator),
    ]);
    let configuration = generator.subschema_for::<Config>();
    let error = generator.subschema_for::<ErrorObject>();
    let schemas: Map<String, Value> = generator.take_definitions(true).into_iter().collect();

    json!({
        "openrpc": "1.3.2",
        "info": {
            "title": "Stardust Wallet message interface",
            "version": env!("CARGO_PKG_VERSION"),
            "license": { "name": env!("CARGO_PKG_LICENSE") },
        },
        "methods": methods,
        "x-notifications": notifications,
        "x-configuration": configuration,
        "x-error": error,
        "x-error-kinds": kinds(),
        "x-abi-version": ABI_VERSION,
        "components": { "schemas": schemas },
    })
}

/// A method with its parameters one by one, as OpenRPC has them, and as one object under `x-params`.
fn describe(method: &Method, generator: &mut SchemaGenerator) -> Value {
    let mut whole = Value::from((method.params)(generator));
    let summary = whole.as_object_mut().and_then(|whole| whole.remove("description")).expect("methods are documented");
    let required = whole["required"].as_array().cloned().unwrap_or_default();
    let properties = whole["properties"].as_object().cloned().unwrap_or_default();
    let params: Vec<Value> = properties
        .iter()
        .map(|(name, schema)| {
            json!({ "name": name, "required": required.contains(&Value::from(name.as_str())), "schema": schema })
        })
        .collect();
    json!({
        "name": method.name,
        "summary": summary,
        "paramStructure": "by-name",
        "params": params,
        "result": { "name": "result", "schema": (method.result)(generator) },
        "x-params": whole,
    })
}

fn notification<T: JsonSchema>(name: &str, generator: &mut SchemaGenerator) -> Value {
    let params: Schema = generator.subschema_for::<T>();
    json!({ "name": name, "params": params })
}

fn kinds() -> Vec<Value> {
    let docs = kind_docs();
    ErrorKind::ALL
        .iter()
        .map(|kind| {
            let doc = docs.get(kind.name()).expect("every kind is documented");
            json!({ "kind": kind.name(), "code": code(*kind), "retryable": kind.is_retryable(), "description": doc })
        })
        .collect()
}

/// The documentation of the kinds, as it stands above their names.
fn kind_docs() -> BTreeMap<String, String> {
    let source = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(KINDS)).unwrap();
    let list = source.split("\nkinds! {").nth(1).unwrap();
    let mut docs = BTreeMap::new();
    let mut doc: Vec<&str> = Vec::new();
    for line in list.lines().map(str::trim) {
        if let Some(text) = line.strip_prefix("///") {
            doc.push(text.trim());
        } else if let Some(name) = line.split('"').nth(1) {
            docs.insert(name.to_owned(), doc.join(" "));
            doc.clear();
        }
        if line == "}" {
            break;
        }
    }
    docs
}
