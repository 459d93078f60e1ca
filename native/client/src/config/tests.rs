use super::*;

fn build(url: &str) -> Result<ClientConfig, ConfigError> {
    ClientConfig::builder().node(url).build()
}

#[test]
fn takes_http_and_https() {
    let config = ClientConfig::builder().node("http://[::1]:14265").node("https://node.example/base").build().unwrap();
    assert_eq!(config.nodes[0].as_str(), "http://[::1]:14265/");
    assert_eq!(config.nodes[1].as_str(), "https://node.example/base/");
}

#[test]
fn refuses_what_is_no_node() {
    assert_eq!(ClientConfig::builder().build().unwrap_err(), ConfigError::NoNode);
    for url in ["", "node", "ftp://node", "file:///etc/passwd", "http://", "http://n/?a", "http://n/#a"] {
        assert!(matches!(build(url).unwrap_err(), ConfigError::Url { position: 1, .. }), "{url}");
    }
    let twice = ClientConfig::builder().node("http://n:80").node("http://n/").build();
    assert_eq!(twice.unwrap_err(), ConfigError::Duplicate { position: 2 });
}

#[test]
fn an_address_with_a_password_is_refused_and_not_repeated() {
    for url in ["http://user:hunter2@node", "https://hunter2@node", "hunter2://hunter2:x@node"] {
        let error = build(url).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
    }
}

#[test]
fn a_witness_is_none_of_the_nodes() {
    let with = |url: &str| ClientConfig::builder().node("http://n").witness(Some(url.into())).build();
    assert_eq!(with("http://m").unwrap().witness.unwrap().as_str(), "http://m/");
    for url in ["http://n:80/", "", "ftp://m", "http://user:hunter2@m"] {
        let error = with(url).unwrap_err();
        assert!(matches!(error, ConfigError::Witness { .. }), "{url}");
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
    }
}

#[test]
fn a_permanode_is_none_of_the_nodes() {
    let with = |url: &str| ClientConfig::builder().node("http://n").permanode(Some(url.into())).build();
    assert_eq!(with("https://archive/base").unwrap().permanode.unwrap().as_str(), "https://archive/base/");
    for url in ["http://n:80/", "", "ftp://m", "http://user:hunter2@m"] {
        let error = with(url).unwrap_err();
        assert!(matches!(error, ConfigError::Permanode { .. }), "{url}");
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
    }
}

#[test]
fn inx_is_plain_http_without_path() {
    let inx = |url: &str| ClientConfig::builder().node("http://n").inx("http://first:9029").inx(url).build();
    assert_eq!(inx("http://localhost:9029").unwrap().inx[1].as_str(), "http://localhost:9029/");
    for url in ["", "localhost:9029", "https://n:9029", "http://n:9029/inx", "http://first:9029/", "http://u:p@n"] {
        assert!(matches!(inx(url).unwrap_err(), ConfigError::Inx { position: 2, .. }), "{url}");
    }
}

#[test]
fn refuses_numbers_out_of_range() {
    let node = || ClientConfig::builder().node("http://n");
    let range = |builder: ClientConfigBuilder| matches!(builder.build(), Err(ConfigError::Range { .. }));
    assert!(range(node().request_timeout(Duration::ZERO)));
    assert!(range(node().connect_timeout(Duration::from_secs(601))));
    assert!(range(node().max_requests_in_flight(0)));
    assert!(range(node().requests_per_second(Some(0))));
    assert!(range(node().max_body(1)));
    assert!(range(node().retries(11)));
    assert!(range(node().proof_timeout(Duration::ZERO)));
    assert!(range(node().proof_of_work(ProofOfWork::Local { threads: NonZeroUsize::new(1025) })));
}
