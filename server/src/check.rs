//! `tidegate check`: is everything in a database as it must be?

use std::path::Path;
use std::process::ExitCode;

use storage::StorageError;
use storage::check::check_directory;

/// Verifies the database in `data`, stopped or alive, prints a report, and fails where something
/// is wrong.
pub async fn check(data: &Path) -> Result<ExitCode, StorageError> {
    let report = check_directory(data).await?;
    println!("{report}");
    Ok(if report.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
