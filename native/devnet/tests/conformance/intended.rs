//! Where the devnet differs from Hornet on purpose. `README.md` gives the reasons.

use serde_json::{Value, json};

/// What the devnet answers where Hornet answered so.
pub(crate) fn difference(mut answer: Value) -> Value {
    let request = answer["request"].as_str().unwrap_or_default();
    if request == "GET /api/routes" {
        answer["body"] = json!({"routes": ["core/v2", "devnet/v1", "indexer/v1"]});
    } else if request == "GET /api/core/v2/peers" {
        answer["body"] = json!([]);
    } else if request.starts_with("JSON ") && answer["status"] == 500 {
        // Hornet's decoder fails on parts of a JSON block that are not there
        answer["status"] = 400.into();
        answer["body"]["error"]["code"] = "400".into();
    }
    answer
}
