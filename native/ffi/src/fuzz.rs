//! What fuzzers feed with bytes that a caller in another language could send. Each function answers whether it understood
//! them, and panics only when something is wrong with us. Built for tests and with the feature `fuzzing`.

use serde_json::Value;

use crate::{
    config::Config,
    engine::{client_config, engine_config},
    error::{Fault, Outcome},
    message::{self, transaction::SendAmount},
};

/// A request, down to the parameters of its method; nothing is called.
pub fn request(bytes: &[u8]) -> bool {
    let (id, outcome) = match message::parse(bytes) {
        Ok(request) => {
            let payment = serde_json::from_value::<SendAmount>(request.params.clone());
            let payment = payment.map_or(Ok(()), |payment| payment.read().map(drop));
            (Some(request.id), (request.method.read)(request.params).and(payment))
        }
        Err(refusal) => (refusal.id, Err(refusal.fault)),
    };
    let understood = outcome.is_ok();
    answered(id.as_ref(), outcome);
    understood
}

/// Whatever was asked, the answer is a message that names the same request.
fn answered(id: Option<&message::RequestId>, outcome: Outcome<()>) {
    let answer = message::answer(id, outcome.map(|()| "{}".to_owned()));
    let answer: Value = serde_json::from_str(&answer).expect("an answer that is not JSON");
    assert_eq!(answer["id"], serde_json::json!(id), "an answer to another request");
}

/// The configuration that a wallet is opened with.
pub fn configuration(bytes: &[u8]) -> bool {
    match serde_json::from_slice::<Config>(bytes) {
        Ok(config) => engine_config(&config).is_ok() && client_config(&config.client).is_ok(),
        Err(error) => {
            // what the caller is told
            drop(Fault::json(&error));
            false
        }
    }
}

#[cfg(test)]
#[path = "../../fuzz/replay.rs"]
mod replay;

#[cfg(test)]
mod tests {
    use super::replay::replay;

    #[test]
    fn requests() {
        replay("request", super::request, 1);
    }

    #[test]
    fn configurations() {
        replay("configuration", super::configuration, 1);
    }
}
