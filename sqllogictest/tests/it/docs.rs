//! The manual's examples that need no broker run as they are printed.

use tidegate_sqllogictest::server::Server;

#[tokio::test(flavor = "multi_thread")]
async fn docs() {
    let server = Server::start(&[]).await;
    let client = server.connect().await.unwrap();
    for text in [include_str!("../../../docs/tables.md"), include_str!("../../../docs/time-series.md")] {
        let mut examples = 0;
        for block in text.split("```sql\n").skip(1) {
            let sql = block.split("```").next().unwrap();
            if let Err(error) = client.simple_query(sql).await {
                panic!("{sql}\n{error}: {:?}", error.as_db_error());
            }
            examples += 1;
        }
        assert!(examples >= 3, "only {examples} examples");
    }
    let rows = client.query("SELECT code FROM countries ORDER BY code", &[]).await.unwrap();
    let codes: Vec<&str> = rows.iter().map(|row| row.get(0)).collect();
    assert_eq!(codes, ["AT", "CH", "LI"]);
}
