//! Nodes of a cluster: whom this one replicates.

use aof_log::forecast::Conf;
use aof_log::server::Server;
use aof_testkit::server::{Server as Running, ServerKind, skip_unless};

use super::{folder, settings_in};
use crate::conf::nodes::{BadLine, primary_of_myself};

const ME: &str = "07c37dfeb235213a872192d90877d0cd55635b91";
const OTHER: &str = "e7d1eecce10fd6bb5eb35b9f99a514335d9ba9ca";

fn replica(flags: &str) -> String {
    format!(
        "{OTHER} 10.0.0.1:6379@16379,,tls-port=0,shard-id={ME} master - 0 1 1 connected 0-5460 [93-<-{ME}]\n\
         {ME} :0@0 {flags} {OTHER} 0 0 1 connected\nvars currentEpoch 6 lastVoteEpoch 0\n"
    )
}

#[test]
fn a_replica_names_its_primary_and_where_that_is() {
    let expected = format!("10.0.0.1:6379 (node {OTHER})");
    for flags in ["myself,slave", "MYSELF,replica,nofailover"] {
        let primary = primary_of_myself(replica(flags).as_bytes()).unwrap();
        assert_eq!(primary.as_deref(), Some(expected.as_str()));
    }
    let alone = replica("myself,slave").split_inclusive('\n').skip(1).collect::<String>();
    let expected = format!("node {OTHER}");
    assert_eq!(primary_of_myself(alone.as_bytes()).unwrap().as_deref(), Some(expected.as_str()));
}

#[test]
fn a_primary_and_an_empty_file_name_none() {
    let primary = format!(
        "{ME} :0@0 myself,master - 0 0 0 connected\nvars currentEpoch 0 lastVoteEpoch 0\n\n"
    );
    assert_eq!(primary_of_myself(primary.as_bytes()), Ok(None));
    assert_eq!(primary_of_myself(b""), Ok(None));
}

#[test]
fn a_file_that_names_nobody_or_is_torn_is_told() {
    assert_eq!(primary_of_myself(b"vars currentEpoch 0 lastVoteEpoch 0\n"), Err(BadLine(0)));
    let torn = &replica("myself,slave")[..230];
    assert_eq!(primary_of_myself(torn.as_bytes()), Err(BadLine(2)));
    assert_eq!(primary_of_myself(&[b'\xff'; 3000]), Err(BadLine(1)));
}

#[test]
fn nodes_conf_is_read_from_the_data_folder_in_a_cluster_only() {
    let nodes = replica("myself,slave");
    let files = [("data/my.nodes", nodes.as_str())];
    let conf = "dir data\ncluster-config-file my.nodes\ncluster-enabled ";
    let of = |enabled: &str| {
        let folder = folder(format!("{conf}{enabled}\n").as_bytes(), &files);
        settings_in(folder.path()).unwrap().conf.replica_of
    };
    assert_eq!(of("no"), None);
    assert!(of("yes").unwrap().starts_with("10.0.0.1:6379 (node e7d1"));
}

#[test]
fn a_cluster_has_one_database_before_valkey_9() {
    let conf = Conf { databases: 5, cluster_databases: 3, cluster: true, ..Conf::default() };
    let databases = Server::MEASURED.map(|server| conf.databases_of(server));
    assert_eq!(databases, [1, 1, 1, 1, 3]);
    let alone = Conf { cluster: false, ..conf };
    assert_eq!(Server::MEASURED.map(|server| alone.databases_of(server)), [5; 5]);
}

#[test]
fn every_server_takes_the_role_that_we_read_from_its_file() {
    for kind in ServerKind::ALL {
        if skip_unless(kind).is_none() {
            continue;
        }
        let folder = folder(b"cluster-enabled yes\nsave \"\"\n", &[]);
        let path = folder.path();
        let started = || Running::start_on_conf(kind, path, &path.join("redis.conf")).unwrap();
        let role = |server: &Running| server.command(&["ROLE"]).unwrap().list()[0].text();
        let mut server = started();
        assert_eq!(role(&server), "master", "{kind}");
        server.kill9().unwrap();
        assert_eq!(settings_in(path).unwrap().conf.replica_of, None, "{kind}");

        let own = std::fs::read_to_string(path.join("nodes.conf")).unwrap();
        let mine = own.lines().find(|line| line.contains("myself")).unwrap();
        let mine = mine.replace("myself,master -", &format!("myself,slave {OTHER}"));
        // Without a shard, a replica takes that of its primary.
        let (before, shard) = mine.split_once(",shard-id=").unwrap_or((&mine, ""));
        let mine = [before, shard.trim_start_matches(|c: char| c.is_ascii_hexdigit())].concat();
        let other = format!("{OTHER} 10.0.0.1:6379@16379 master - 0 0 0 connected");
        let nodes = format!("{other}\n{mine}\nvars currentEpoch 0 lastVoteEpoch 0\n");
        std::fs::write(path.join("nodes.conf"), nodes).unwrap();
        let server = started();
        // The timer of the cluster sets the primary, some time after the start.
        let patience = std::time::Instant::now() + std::time::Duration::from_secs(5);
        while role(&server) == "master" && std::time::Instant::now() < patience {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        assert_eq!(role(&server), "slave", "{kind}");
        let primary = settings_in(path).unwrap().conf.replica_of.unwrap();
        assert!(primary.starts_with(&format!("10.0.0.1:6379 (node {OTHER})")), "{kind}: {primary}");
    }
}
