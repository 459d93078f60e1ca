//! JSON-RPC 2.0: what is around parameters and results.
//!
//! Stricter than the standard in two points: every request has an id, and a message is one request, not an array.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use stardust_wallet::error::ErrorKind;

use super::{Method, find};
use crate::error::{Fault, Outcome};

/// The id of a request.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum RequestId {
    /// A number.
    Number(i64),
    /// A text.
    Text(String),
}

/// A request that names a method.
pub(crate) struct Request {
    /// To be repeated in the answer.
    pub(crate) id: RequestId,
    /// The method.
    pub(crate) method: &'static Method,
    /// Its parameters: an object.
    pub(crate) params: Value,
}

/// Why a message is not a request.
#[derive(Debug)]
pub(crate) struct Refusal {
    /// Its id, as far as it has a usable one.
    pub(crate) id: Option<RequestId>,
    /// The reason.
    pub(crate) fault: Fault,
}

/// Reads a message.
pub(crate) fn parse(message: &[u8]) -> Result<Request, Refusal> {
    let refuse = |fault| Refusal { id: None, fault };
    // its own words only: the text of the message may be anything
    let value = serde_json::from_slice::<Value>(message).map_err(|error| {
        refuse(Fault::unparsable(format!("not JSON: line {} column {}", error.line(), error.column())))
    })?;
    let Value::Object(mut object) = value else {
        return Err(refuse(Fault::new(ErrorKind::InvalidMessage, "a message is one JSON object")));
    };
    let id = object.remove("id").and_then(|id| serde_json::from_value::<RequestId>(id).ok());
    match (id, request(&mut object)) {
        (Some(id), Ok((method, params))) => Ok(Request { id, method, params }),
        (id, Err(fault)) => Err(Refusal { id, fault }),
        (None, Ok(_)) => {
            Err(refuse(Fault::new(ErrorKind::InvalidMessage, "a request has an id: a whole number or a text")))
        }
    }
}

fn request(object: &mut Map<String, Value>) -> Outcome<(&'static Method, Value)> {
    let invalid = |text: &str| Fault::new(ErrorKind::InvalidMessage, text);
    if object.get("jsonrpc").and_then(Value::as_str) != Some("2.0") {
        return Err(invalid("a message has \"jsonrpc\":\"2.0\""));
    }
    let Some(Value::String(name)) = object.remove("method") else {
        return Err(invalid("a request has the name of a method"));
    };
    let params = match object.remove("params") {
        None | Some(Value::Null) => Value::Object(Map::new()),
        Some(params @ Value::Object(_)) => params,
        Some(_) => return Err(Fault::params("params is an object")),
    };
    let method = find(&name).ok_or_else(|| {
        let shown: String = name.chars().filter(|char| !char.is_control()).take(64).collect();
        Fault::new(ErrorKind::UnknownMethod, format!("there is no method {shown:?}"))
    })?;
    Ok((method, params))
}

/// The message that answers a request; without an id it answers what could not be read.
pub(crate) fn answer(id: Option<&RequestId>, outcome: Outcome<String>) -> String {
    let id = id.map_or_else(|| "null".to_owned(), json);
    match outcome {
        Ok(result) => format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{result}}}"#),
        Err(fault) => format!(r#"{{"jsonrpc":"2.0","id":{id},"error":{}}}"#, json(&fault.into_object())),
    }
}

/// A message that nobody asked for.
pub(crate) fn notification(method: &str, params: &impl Serialize) -> String {
    format!(r#"{{"jsonrpc":"2.0","method":"{method}","params":{}}}"#, json(params))
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("a struct of texts and numbers can be written")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(message: &str) -> (Option<RequestId>, ErrorKind) {
        let refusal = parse(message.as_bytes()).err().unwrap();
        (refusal.id, refusal.fault.kind())
    }

    #[test]
    fn reads_a_request() {
        let request = parse(br#"{"jsonrpc":"2.0","id":7,"method":"wallet.info"}"#).ok().unwrap();
        assert_eq!((request.id, request.method.name), (RequestId::Number(7), "wallet.info"));
        assert!(parse(br#"{"jsonrpc":"2.0","id":"a","method":"wallet.info","params":null}"#).is_ok());
    }

    #[test]
    fn refuses_what_is_no_request_and_saves_the_id() {
        let invalid = ErrorKind::InvalidMessage;
        for message in ["", "{", "7", "[]", "\"\"", "null", "{}", r#"{"jsonrpc":"2.0","method":"wallet.info"}"#] {
            assert_eq!(refusal(message), (None, invalid), "{message}");
        }
        assert!(parse(b"\xff{}").is_err());
        let seven = Some(RequestId::Number(7));
        assert_eq!(refusal(r#"{"id":7,"method":"wallet.info"}"#), (seven.clone(), invalid));
        assert_eq!(refusal(r#"{"jsonrpc":"1.0","id":7,"method":"wallet.info"}"#), (seven.clone(), invalid));
        assert_eq!(refusal(r#"{"jsonrpc":"2.0","id":7,"method":3}"#), (seven.clone(), invalid));
        assert_eq!(refusal(r#"{"jsonrpc":"2.0","id":7,"method":"wallet.info","params":[]}"#), (seven.clone(), invalid));
        assert_eq!(refusal(r#"{"jsonrpc":"2.0","id":7.5,"method":"wallet.info"}"#), (None, invalid));
        assert_eq!(refusal(r#"{"jsonrpc":"2.0","id":7,"method":"wallet.nope"}"#), (seven, ErrorKind::UnknownMethod));
    }

    #[test]
    fn deep_nesting_is_refused() {
        let deep = "[".repeat(100_000);
        assert_eq!(refusal(&deep), (None, ErrorKind::InvalidMessage));
    }
}
