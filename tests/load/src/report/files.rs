use std::io::Write;
use std::path::{Path, PathBuf};

use super::{Report, markdown, page, summary, table};
use crate::Result;
use crate::failure::Failure;

/// Where a report is written: files that differ in their endings only.
pub(crate) struct Files {
    pub(crate) json: PathBuf,
    pub(crate) markdown: PathBuf,
    pub(crate) page: PathBuf,
}

impl Files {
    /// `prefix` and the endings.
    pub(crate) fn with(prefix: &Path) -> Self {
        let file = |ending: &str| {
            let mut name = prefix.as_os_str().to_owned();
            name.push(ending);
            PathBuf::from(name)
        };
        Self { json: file(".json"), markdown: file(".md"), page: file(".html") }
    }
}

impl Report {
    pub(crate) fn write(&self, files: &Files) -> Result<()> {
        let json = serde_json::to_string_pretty(self).map_err(|e| Failure::while_doing("the results", e))?;
        for (file, text) in [(&files.json, json), (&files.markdown, markdown::of(self)), (&files.page, page::of(self))]
        {
            std::fs::write(file, text).map_err(|e| Failure::while_doing(&file.display().to_string(), e))?;
        }
        Ok(())
    }

    /// To standard output: a table of figures for each workload, and one of all ratios.
    pub(crate) fn print(&self) -> Result<()> {
        let mut text = String::new();
        for (name, value) in self.run.facts() {
            text.push_str(&format!("\n{name:<9} {value}"));
        }
        text.push('\n');
        for done in &self.outcomes {
            text.push_str(&table::of(done));
        }
        text.push_str(&summary::text(self));
        Ok(std::io::stdout().lock().write_all(text.as_bytes())?)
    }
}

#[cfg(test)]
mod tests {
    use super::super::run;
    use super::*;

    #[test]
    fn a_report_is_three_files_beside_each_other() {
        let folder = std::env::temp_dir().join(format!("chatire-report-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let files = Files::with(&folder.join("20261224.100000"));
        let mut report = Report::new(run::example());
        report.add_stopped("storm", 3.0, "no answer".into());
        report.write(&files).unwrap();
        let mut names: Vec<_> =
            std::fs::read_dir(&folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
        names.sort_unstable();
        assert_eq!(names, ["20261224.100000.html", "20261224.100000.json", "20261224.100000.md"]);
        let json: serde_json::Value = serde_json::from_slice(&std::fs::read(&files.json).unwrap()).unwrap();
        assert_eq!((&json["verdict"], &json["revision"]), (&"failed".into(), &"0123abc".into()));
        assert_eq!(json["failed"][0]["workload"], "storm");
        assert_eq!(
            (&json["outcomes"][0]["workload"], &json["outcomes"][0]["took_seconds"]),
            (&"storm".into(), &3.0.into())
        );
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
