//! The command line.

use std::time::Duration;

use stardust_devnet::{Devnet, DevnetBuilder};

pub(crate) const HELP: &str = "\
A local IOTA Stardust node for development and tests.

Usage: stardust-devnet [OPTIONS]

Prints one line {\"node\":\"http://127.0.0.1:P\",\"faucet\":\"http://127.0.0.1:Q\",\"inx\":\"http://127.0.0.1:R\"} to standard
output once it accepts connections, and logs to standard error (RUST_LOG sets the level).

Options:
  --port PORT                   port of the node; 0: a free one (default 0)
  --faucet-port PORT            port of the faucet; 0: a free one (default 0)
  --inx-port PORT               port of INX; 0: a free one (default 0)
  --milestone-interval DURATION such as 500ms, 5s; 0 or manual: only on request (default 1s)
  --network-name NAME           default stardust-devnet
  --hrp HRP                     prefix of the addresses (default tst)
  --min-pow-score SCORE         default 0
  --node-pow true|false         whether the node does missing proof of work (default true)
  --faucet-amount BASE_UNITS    default 1000000000
  --keep-milestones COUNT       forget older milestones as new ones come (default: keep all)
  --exit-with-stdin             end when standard input is closed
  --help, --version
";

/// What the program is asked to do.
#[derive(Debug)]
pub(crate) enum Action {
    Run(Box<Args>),
    Help,
    Version,
}

/// How the devnet is run.
#[derive(Debug)]
pub(crate) struct Args {
    pub(crate) devnet: DevnetBuilder,
    pub(crate) exit_with_stdin: bool,
}

/// Reads the arguments; an error says which one is wrong.
pub(crate) fn parse(arguments: impl Iterator<Item = String>) -> Result<Action, String> {
    let mut arguments = arguments;
    let mut devnet = Devnet::builder().milestone_interval(Duration::from_secs(1));
    let mut exit_with_stdin = false;
    while let Some(argument) = arguments.next() {
        let (name, inline) = match argument.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (argument.as_str(), None),
        };
        match name {
            "--help" | "-h" => return Ok(Action::Help),
            "--version" | "-V" => return Ok(Action::Version),
            "--exit-with-stdin" if inline.is_none() => {
                exit_with_stdin = true;
                continue;
            }
            _ => {}
        }
        let mut value = || inline.clone().or_else(|| arguments.next()).ok_or_else(|| format!("{name} needs a value"));
        devnet = match name {
            "--port" => devnet.port(number(name, &value()?)?),
            "--faucet-port" => devnet.faucet_port(number(name, &value()?)?),
            "--inx-port" => devnet.inx_port(number(name, &value()?)?),
            "--milestone-interval" => devnet.milestone_interval(duration(&value()?)?),
            "--network-name" => devnet.network_name(value()?),
            "--hrp" => devnet.hrp(value()?),
            "--min-pow-score" => devnet.min_pow_score(number(name, &value()?)?),
            "--node-pow" => devnet.node_pow(number(name, &value()?)?),
            "--faucet-amount" => devnet.faucet_amount(number(name, &value()?)?),
            "--keep-milestones" => devnet.keep_milestones(number(name, &value()?)?),
            _ => return Err(format!("unknown argument {argument}; see --help")),
        };
    }
    Ok(Action::Run(Box::new(Args { devnet, exit_with_stdin })))
}

fn number<T: std::str::FromStr>(name: &str, text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("{name}: invalid value {text}"))
}

/// `500ms`, `5s`, `2m`; `0` and `manual` are none.
fn duration(text: &str) -> Result<Option<Duration>, String> {
    if text == "manual" {
        return Ok(None);
    }
    let invalid = || format!("--milestone-interval: invalid duration {text}; use 500ms, 5s, 2m, 0 or manual");
    let split = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
    let (digits, unit) = text.split_at(split);
    let value: u64 = digits.parse().map_err(|_| invalid())?;
    let millis = match unit {
        "ms" => Some(value),
        "s" => value.checked_mul(1_000),
        "m" => value.checked_mul(60_000),
        "" if value == 0 => Some(0),
        _ => None,
    };
    Ok(Some(Duration::from_millis(millis.ok_or_else(invalid)?)).filter(|interval| !interval.is_zero()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(arguments: &[&str]) -> Result<Action, String> {
        parse(arguments.iter().map(ToString::to_string))
    }

    #[test]
    fn durations() {
        assert_eq!(duration("500ms"), Ok(Some(Duration::from_millis(500))));
        assert_eq!(duration("5s"), Ok(Some(Duration::from_secs(5))));
        assert_eq!(duration("2m"), Ok(Some(Duration::from_secs(120))));
        assert_eq!(duration("0"), Ok(None));
        assert_eq!(duration("0s"), Ok(None));
        assert_eq!(duration("manual"), Ok(None));
        for text in ["", "5", "s", "-1s", "1.5s", "99999999999999999999s", "18446744073709551615m"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn wrong_arguments_are_named() {
        assert_eq!(run(&["--port", "70000"]).unwrap_err(), "--port: invalid value 70000");
        assert_eq!(run(&["--port"]).unwrap_err(), "--port needs a value");
        assert!(run(&["--prot=1"]).unwrap_err().contains("--prot=1"));
        assert!(run(&["--node-pow", "maybe"]).is_err());
    }

    #[test]
    fn values_follow_or_are_joined() {
        assert!(
            matches!(run(&["--port=0", "--hrp", "rms", "--exit-with-stdin"]), Ok(Action::Run(args)) if args.exit_with_stdin)
        );
        assert!(matches!(run(&["--help"]), Ok(Action::Help)));
    }
}
