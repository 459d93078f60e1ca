//! One request to one node: limits, timeouts, and what the status means.

use std::{
    error::Error as _,
    sync::Mutex,
    time::{Duration, SystemTime},
};

use reqwest::{Method, RequestBuilder, Response, StatusCode, header};
use stardust_wallet::{error::ErrorKind, fail_point};
use tokio::{
    sync::Semaphore,
    time::{Instant, sleep_until, timeout},
};

use crate::{
    config::ClientConfig,
    counters::{Counting, Route},
    credentials::Auth,
    fault::{Fault, printable},
    node::Node,
    wire::ErrorBody,
};

/// The binary form of TIP-25.
pub(crate) const BINARY: &str = "application/vnd.iota.serializer-v1";
const JSON: &str = "application/json";
/// Memory that is taken before the first byte of a body is there.
const AT_ONCE: usize = 64 << 10;
/// Error answers are read this far only.
const ERROR_BODY: usize = 16 << 10;
const LONGEST_WAIT: Duration = Duration::from_secs(3600);

/// The form that an answer must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Json,
    Binary,
}

/// A request.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) route: Route,
    /// Path and query, relative to the node's address.
    pub(crate) path: String,
    pub(crate) form: Form,
    /// Bytes to post; none: a GET.
    pub(crate) body: Option<Vec<u8>>,
    /// The most bytes that the answer may have; the configured limit holds beside it.
    pub(crate) limit: usize,
}

impl Call {
    pub(crate) fn get(route: Route, path: impl Into<String>, form: Form, limit: usize) -> Self {
        Self { route, path: path.into(), form, body: None, limit }
    }
}

/// What a node answered, as far as it is not a fault.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// A success, with its body.
    Body(Vec<u8>),
    /// 404. What it means is up to the route.
    NotFound,
    /// 400 in the protocol's own error form: the request itself is not accepted.
    Refused(String),
}

pub(crate) struct Http {
    client: reqwest::Client,
    in_flight: Semaphore,
    pace: Option<Pace>,
    request_timeout: Duration,
    max_body: usize,
    pub(crate) counting: Counting,
}

impl Http {
    pub(crate) fn new(config: &ClientConfig) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(crate::tls::config()?)
            .http1_only()
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .connect_timeout(config.connect_timeout)
            .pool_idle_timeout(Duration::from_secs(60))
            .pool_max_idle_per_host(config.max_requests_in_flight);
        if !config.environment_proxy {
            builder = builder.no_proxy();
        }
        Ok(Self {
            client: builder.build()?,
            in_flight: Semaphore::new(config.max_requests_in_flight),
            pace: config.requests_per_second.map(Pace::new),
            request_timeout: config.request_timeout,
            max_body: config.max_body,
            counting: Counting::default(),
        })
    }

    /// Sends a request and reads the answer, within the limits.
    ///
    /// Waiting for one's turn is not part of the request's time.
    pub(crate) async fn exchange(&self, node: &Node, call: &Call) -> Result<Answer, Fault> {
        if let Some(left) = node.limited_for() {
            return Err(Fault { not_sent: true, ..rate_limited(Some(left)) });
        }
        let _turn = self.in_flight.acquire().await.map_err(|_| Fault::closed())?;
        if let Some(pace) = &self.pace {
            pace.turn().await;
        }
        self.counting.count(call.route);
        node.asked();
        fail_point!("client:request");
        let deadline = Instant::now() + self.request_timeout;
        let request = self.request(node, call)?;
        let response = match timeout(self.request_timeout, request.send()).await {
            Ok(response) => response.map_err(|error| sending_failed(&error))?,
            Err(_) => return Err(too_slow(ErrorKind::NodeUnreachable, "no answer", self.request_timeout)),
        };
        match tokio::time::timeout_at(deadline, self.read(response, call)).await {
            Ok(answer) => answer,
            Err(_) => Err(too_slow(ErrorKind::NodeAnswerInvalid, "an answer without end", self.request_timeout)),
        }
    }

    fn request(&self, node: &Node, call: &Call) -> Result<RequestBuilder, Fault> {
        let url = node.url.join(&call.path).map_err(|_| Fault::new(ErrorKind::Internal, "a route is not a URL"))?;
        let method = if call.body.is_some() { Method::POST } else { Method::GET };
        let accept = match call.form {
            Form::Json => JSON,
            Form::Binary => BINARY,
        };
        let mut request = self.client.request(method, url).header(header::ACCEPT, accept);
        if let Some(body) = &call.body {
            request = request.header(header::CONTENT_TYPE, BINARY).body(body.clone());
        }
        Ok(match node.auth() {
            Some(Auth::Basic { user, password }) => request.basic_auth(user.as_str(), Some(password.as_str())),
            Some(Auth::Bearer(token)) => request.bearer_auth(token.as_str()),
            None => request,
        })
    }

    async fn read(&self, response: Response, call: &Call) -> Result<Answer, Fault> {
        let status = response.status();
        match status {
            StatusCode::OK | StatusCode::CREATED => {
                check_form(&response, call.form)?;
                read_body(response, call.limit.min(self.max_body)).await.map(Answer::Body)
            }
            StatusCode::NOT_FOUND => {
                // read, so that the connection can be used again; what it says does not matter
                drop(read_body(response, ERROR_BODY).await);
                Ok(Answer::NotFound)
            }
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                Err(Fault::new(ErrorKind::NodeUnauthorized, format!("answered {status}")))
            }
            StatusCode::TOO_MANY_REQUESTS => Err(rate_limited(retry_after(&response))),
            status if status.is_redirection() => {
                Err(Fault::new(ErrorKind::NodeFailure, format!("answered {status}, and redirects are not followed")))
            }
            _ => failed(status, response).await,
        }
    }
}

/// Any other status: the node's own words, if it has some, make the difference.
async fn failed(status: StatusCode, response: Response) -> Result<Answer, Fault> {
    let retry_after = retry_after(&response);
    let body = read_body(response, ERROR_BODY).await.unwrap_or_default();
    let said = serde_json::from_slice::<ErrorBody>(&body).ok().map(|body| printable(&body.error.message));
    if let (StatusCode::BAD_REQUEST, Some(reason)) = (status, &said) {
        return Ok(Answer::Refused(reason.clone()));
    }
    let not_synced = said.as_ref().is_some_and(|said| said.contains("not synced"));
    let kind = if not_synced { ErrorKind::NodeUnhealthy } else { ErrorKind::NodeFailure };
    let said = said.map(|said| format!(": {said}")).unwrap_or_default();
    Err(Fault { retry_after, ..Fault::new(kind, format!("answered {status}{said}")) })
}

fn check_form(response: &Response, form: Form) -> Result<(), Fault> {
    let got = response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let essence = got.split(';').next().unwrap_or("").trim();
    let expected = match form {
        Form::Json => JSON,
        Form::Binary => BINARY,
    };
    if essence.eq_ignore_ascii_case(expected) {
        return Ok(());
    }
    Err(Fault::invalid(format!("answered with content type {:?}, not {expected}", printable(got))))
}

/// Reads a body as it comes, and stops as soon as it is longer than allowed.
async fn read_body(mut response: Response, limit: usize) -> Result<Vec<u8>, Fault> {
    let too_long = || Fault::invalid(format!("answered with more than {limit} bytes"));
    let announced = response.content_length().unwrap_or(0);
    let announced = usize::try_from(announced).map_err(|_| too_long())?;
    if announced > limit {
        return Err(too_long());
    }
    // a node may announce what it never sends
    let mut body = Vec::with_capacity(announced.min(AT_ONCE));
    loop {
        let chunk = response.chunk().await.map_err(|error| {
            Fault::invalid(format!("the answer breaks off after {} bytes: {}", body.len(), root_cause(&error)))
        })?;
        let Some(chunk) = chunk else { return Ok(body) };
        if chunk.len() > limit - body.len() {
            return Err(too_long());
        }
        body.extend_from_slice(&chunk);
    }
}

/// The header `Retry-After`: seconds, or a date, which is read by the node's own clock if it tells the time. Nobody
/// waits longer than an hour.
fn retry_after(response: &Response) -> Option<Duration> {
    let text = |name| response.headers().get(name)?.to_str().ok().map(str::trim);
    wanted_pause(text(header::RETRY_AFTER)?, text(header::DATE), SystemTime::now())
}

fn wanted_pause(retry_after: &str, date: Option<&str>, now: SystemTime) -> Option<Duration> {
    let wanted = match retry_after.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let until = httpdate::parse_http_date(retry_after).ok()?;
            let now = date.and_then(|date| httpdate::parse_http_date(date).ok()).unwrap_or(now);
            until.duration_since(now).unwrap_or_default()
        }
    };
    Some(wanted.min(LONGEST_WAIT))
}

fn rate_limited(retry_after: Option<Duration>) -> Fault {
    Fault { retry_after, ..Fault::new(ErrorKind::NodeRateLimited, "asks for fewer requests (429)") }
}

fn too_slow(kind: ErrorKind, what: &str, after: Duration) -> Fault {
    Fault { timed_out: true, ..Fault::new(kind, format!("{what} within {after:?}")) }
}

fn sending_failed(error: &reqwest::Error) -> Fault {
    let timed_out = error.is_timeout();
    let what = if error.is_connect() { "cannot be reached" } else { "gave no answer" };
    // a server that speaks, but not HTTP
    let garbled = !error.is_connect() && !timed_out && is_parse_error(error);
    let kind = if garbled { ErrorKind::NodeAnswerInvalid } else { ErrorKind::NodeUnreachable };
    Fault { timed_out, ..Fault::new(kind, format!("{what}: {}", root_cause(error))) }
}

fn is_parse_error(error: &reqwest::Error) -> bool {
    root_cause(error).contains("invalid HTTP")
}

/// The innermost cause. It names no URL, and headers are in no error.
fn root_cause(error: &reqwest::Error) -> String {
    let Some(mut cause) = error.source() else { return "failed".into() };
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    printable(&cause.to_string())
}

/// Starts requests no faster than so many a second.
struct Pace {
    interval: Duration,
    next: Mutex<Instant>,
}

impl Pace {
    fn new(per_second: u32) -> Self {
        Self { interval: Duration::from_secs(1) / per_second.max(1), next: Mutex::new(Instant::now()) }
    }

    async fn turn(&self) {
        let at = {
            let mut next = self.next.lock().expect("nothing panics while it is held");
            let at = (*next).max(Instant::now());
            *next = at + self.interval;
            at
        };
        sleep_until(at).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 9110: the three forms of the same date, and seconds.
    #[test]
    fn a_wish_to_be_left_alone_is_seconds_or_a_date() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777 - 90);
        let wanted = |text| wanted_pause(text, None, now).map(|wanted| wanted.as_secs());
        assert_eq!(wanted("120"), Some(120));
        assert_eq!(wanted("0"), Some(0));
        let dates = ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"];
        assert_eq!(dates.map(wanted), [Some(90); 3]);
        assert_eq!(wanted("Sun, 06 Nov 1994 08:48:00 GMT"), Some(0), "past");
        assert_eq!(wanted("99999999999"), Some(3600));
        assert_eq!(wanted("Mon, 06 Nov 2034 08:49:37 GMT"), Some(3600));
        assert_eq!(["", "-1", "soon", "1.5", "Sun, 31 Feb 1994 08:49:37 GMT"].map(wanted), [None; 5]);
    }

    #[test]
    fn a_date_is_read_by_the_clock_of_the_node() {
        let (until, its_time) = ("Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:07 GMT");
        let wanted = wanted_pause(until, Some(its_time), SystemTime::now());
        assert_eq!(wanted, Some(Duration::from_secs(30)));
        assert_eq!(wanted_pause(until, Some("soon"), SystemTime::now()), Some(Duration::ZERO));
    }
}
