//! What a function prints, and AWS's own lines around it.

use std::io::PipeReader;
use std::os::fd::OwnedFd;
use std::time::Duration;

use tokio::io::AsyncReadExt as _;
use tokio::net::unix::pipe;

use super::limits;

/// Bytes that one read can take.
const CHUNK: usize = 16 * 1024;

/// The output of an instance. It is read while an invocation runs; between invocations it waits in the pipe.
#[derive(Debug)]
pub struct Log {
    /// `None` once every writer has gone.
    pipe: Option<pipe::Receiver>,
    text: Vec<u8>,
}

impl Log {
    pub fn new(reader: PipeReader) -> std::io::Result<Self> {
        let pipe = pipe::Receiver::from_owned_fd(OwnedFd::from(reader))?;
        Ok(Self { pipe: Some(pipe), text: Vec::new() })
    }

    /// Adds a line of AWS's own.
    pub fn line(&mut self, text: &str) {
        if self.text.last().is_some_and(|it| *it != b'\n') {
            self.text.push(b'\n');
        }
        self.text.extend_from_slice(text.as_bytes());
        self.text.push(b'\n');
        self.bound();
    }

    /// Reads what comes next; never returns once the output has ended. Safe to cancel.
    pub async fn fill(&mut self) {
        let Some(pipe) = &mut self.pipe else { return std::future::pending().await };
        self.text.reserve(CHUNK);
        if !matches!(pipe.read_buf(&mut self.text).await, Ok(count) if count > 0) {
            self.pipe = None;
        }
        self.bound();
    }

    /// Reads what has been written already, without waiting.
    pub fn drain(&mut self) {
        let Some(pipe) = &self.pipe else { return };
        loop {
            self.text.reserve(CHUNK);
            if !pipe.try_read_buf(&mut self.text).is_ok_and(|count| count > 0) {
                break;
            }
        }
        self.bound();
    }

    /// Takes everything since the last time.
    pub fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.text)
    }

    fn bound(&mut self) {
        // Half as much again before it is cut, so that cutting is rare.
        if self.text.len() > limits::LOG + limits::LOG / 2 {
            self.text.drain(..self.text.len() - limits::LOG);
        }
    }
}

/// The figures of AWS's REPORT line.
#[derive(Debug)]
pub struct Report<'a> {
    pub request_id: &'a str,
    pub duration: Duration,
    /// Of the first invocation of an instance.
    pub init: Option<Duration>,
    pub memory_mb: u32,
    pub used_mb: Option<u64>,
    /// `timeout`, or `error` with a type.
    pub status: Option<String>,
}

impl Report<'_> {
    /// The line, for example `REPORT RequestId: … Duration: 1.23 ms Billed Duration: 2 ms …`, separated by tabs.
    pub fn line(&self) -> String {
        let billed = (self.duration + self.init.unwrap_or_default()).as_micros().div_ceil(1000);
        let mut parts = vec![
            format!("REPORT RequestId: {}", self.request_id),
            format!("Duration: {}", milliseconds(self.duration)),
            format!("Billed Duration: {billed} ms"),
            format!("Memory Size: {} MB", self.memory_mb),
        ];
        parts.extend(self.used_mb.map(|it| format!("Max Memory Used: {it} MB")));
        parts.extend(self.init.map(|it| format!("Init Duration: {}", milliseconds(it))));
        parts.extend(self.status.as_ref().map(|it| format!("Status: {it}")));
        parts.join("\t")
    }
}

fn milliseconds(duration: Duration) -> String {
    let hundredths = duration.as_micros() / 10;
    format!("{}.{:02} ms", hundredths / 100, hundredths % 100)
}

/// The peak of a process's memory, where the system tells (Linux).
pub fn peak_memory_mb(process: i32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|it| it.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kilobytes.div_ceil(1024))
}

/// The last `limit` bytes, what `LogResult` carries.
pub fn tail(log: &[u8], limit: usize) -> &[u8] {
    &log[log.len().saturating_sub(limit)..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_report_is_aws_line() {
        let report = Report {
            request_id: "r-1",
            duration: Duration::from_micros(1_239),
            init: Some(Duration::from_millis(100)),
            memory_mb: 128,
            used_mb: Some(36),
            status: None,
        };
        let expected = "REPORT RequestId: r-1\tDuration: 1.23 ms\tBilled Duration: 102 ms\tMemory Size: 128 MB\t\
                        Max Memory Used: 36 MB\tInit Duration: 100.00 ms";
        assert_eq!(report.line(), expected);
        let report = Report { init: None, used_mb: None, status: Some("timeout".into()), ..report };
        assert!(report.line().ends_with("Memory Size: 128 MB\tStatus: timeout"), "{}", report.line());
    }

    #[test]
    fn the_tail_is_the_end() {
        assert_eq!(tail(b"abcdef", 4), b"cdef");
        assert_eq!(tail(b"ab", 4), b"ab");
    }

    #[tokio::test]
    async fn what_was_written_before_can_be_drained_and_the_log_is_bounded() {
        use std::io::Write as _;
        let (reader, mut writer) = std::io::pipe().unwrap();
        let mut log = Log::new(reader).unwrap();
        writer.write_all(b"no end of line").unwrap();
        log.fill().await;
        log.line("START");
        assert_eq!(log.take(), b"no end of line\nSTART\n");
        log.line(&"x".repeat(2 * limits::LOG));
        assert_eq!(log.take().len(), limits::LOG);
    }
}
