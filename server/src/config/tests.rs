use super::*;

const EXAMPLE: &str = include_str!("../../../docs/tidegate.example.toml");

#[test]
fn the_example_file_names_every_option_with_its_default() {
    use clap::Args;
    // Every line that is commented out is `# key = value`; prose has no ` = `.
    let uncommented: String = EXAMPLE
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(option) if option.split_once(" = ").is_some_and(|(key, _)| !key.contains(' ')) => option,
            _ => line,
        })
        .map(|line| format!("{line}\n"))
        .collect();
    let table: toml::Table = uncommented.parse().unwrap();
    let command = Options::augment_args(clap::Command::new("server"));
    let mut known: Vec<String> =
        command.get_arguments().map(|argument| argument.get_id().to_string()).collect();
    let mut written: Vec<String> = table.keys().cloned().collect();
    known.sort();
    written.sort();
    assert_eq!(written, known);

    let example = Options::parse(&uncommented).unwrap().finish().unwrap();
    let default = Options { data: Some(example.data.clone()), ..Options::default() }.finish().unwrap();
    // The number of cores is this machine's, and no file is the default of TLS.
    assert!(example.tls.is_some() && default.tls.is_none());
    let example = Config {
        query_threads: default.query_threads,
        decode_threads: default.decode_threads,
        tls: None,
        ..example
    };
    assert_eq!(format!("{example:?}"), format!("{default:?}"));
}

#[test]
fn the_help_tells_every_default_and_variable() {
    use clap::Args;
    let command = Options::augment_args(clap::Command::new("server"));
    for argument in command.get_arguments() {
        let id = argument.get_id().to_string();
        let variable = argument.get_env().unwrap().to_str().unwrap();
        assert_eq!(variable, format!("TIDEGATE_{}", id.to_uppercase()));
        assert_eq!(argument.get_long().unwrap(), id.replace('_', "-"));
        let help = argument.get_help().unwrap().to_string();
        assert!(id == "data" || help.contains("[default: "), "{id}: {help}");
    }
}

#[test]
fn flags_go_before_the_file() {
    let file = Options::parse("data = \"/a\"\nlisten = \"127.0.0.1:1\"\nhot_bytes_max = \"1 GiB\"").unwrap();
    let flags = Options { listen: Some("127.0.0.1:2".parse().unwrap()), ..Options::default() };
    let config = flags.or(file).finish().unwrap();
    assert_eq!(config.listen.port(), 2);
    assert_eq!(config.hot_bytes_max, ByteSize(1 << 30));
    assert_eq!(config.data, PathBuf::from("/a"));
    assert!(matches!(Options::default().finish(), Err(ConfigError::NoData)));
}

#[test]
fn what_is_wrong_in_a_file_is_told_with_a_hint() {
    let (reason, hint) = Options::parse("lisen = \"127.0.0.1:1\"").unwrap_err();
    assert!(reason.contains("unknown field `lisen`"), "{reason}");
    assert_eq!(hint, "; did you mean listen?");
    let (reason, _) = Options::parse("gc_grace = \"1 fortnight\"").unwrap_err();
    assert!(reason.contains("unknown unit \"fortnight\": use ms, s, min, h or d"), "{reason}");
    let (reason, _) = Options::parse("hot_bytes_max = 5").unwrap_err();
    assert!(reason.contains("expected a size, such as \"512 MiB\""), "{reason}");
    assert!(Options::parse("connections_max = 0").is_err());
    let options = Options { data: Some(PathBuf::from("/a")), ..Options::default() };
    let few = Options::parse("connections_max = 2\nconnections_reserved = 2").unwrap();
    assert_eq!(
        few.or(options).finish().unwrap_err().to_string(),
        "connections_reserved (2) must be less than connections_max (2)"
    );
    assert!(Options::parse("hot_bytes_max = \"0 MiB\"").is_err());
}

#[test]
fn a_certificate_needs_its_key() {
    for (text, message) in [
        ("tls_cert = \"a\"", "tls_cert without tls_key: TLS needs a certificate and its private key"),
        ("tls_key = \"a\"", "tls_key without tls_cert: TLS needs a certificate and its private key"),
    ] {
        let options = Options { data: Some(PathBuf::from("/a")), ..Options::parse(text).unwrap() };
        assert_eq!(options.finish().unwrap_err().to_string(), message);
    }
}
