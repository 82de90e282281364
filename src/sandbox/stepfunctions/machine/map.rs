//! The fields of Map states, inline and distributed.

use serde_json::Value;

use super::fields::Fields;
use super::model::{
    Amount, Batch, Distributed, HeaderSource, InputKind, MapMode, MapState, Percentage, Program, Reader, StateKind,
    Tolerance, Writer,
};
use super::parse::Parser;

/// A distributed map reads at most so many items (quota of Step Functions).
const MOST_ITEMS: u64 = 100_000_000;

/// Characters that a label may not have (Amazon States Language, "Map state, Distributed mode").
const LABEL_REFUSED: &str = " \n\t<>{}[]?*\"#%\\^|~`$&,;:/";

/// What the processor of a map says about itself.
struct Processor {
    program: Program,
    distributed: bool,
    express: bool,
}

impl Parser<'_> {
    pub(super) fn map(&self, fields: &Fields<'_>) -> Option<StateKind> {
        let items_path = fields.path("ItemsPath");
        let item_selector = fields.template("ItemSelector").or_else(|| fields.template("Parameters"));
        fields.value("Parameters");
        let max_concurrency = fields.map_amount("MaxConcurrency", "MaxConcurrencyPath", u64::MAX);
        let tolerance = tolerance(fields);
        let processor = self.processor(fields)?;
        let mode = self.mode(fields, &processor);
        Some(StateKind::Map(Box::new(MapState {
            items_path,
            item_selector,
            max_concurrency: max_concurrency.unwrap_or(Amount::Fixed(0)),
            tolerance,
            processor: processor.program,
            mode,
        })))
    }

    fn processor(&self, fields: &Fields<'_>) -> Option<Processor> {
        let (new, old) = (fields.value("ItemProcessor"), fields.value("Iterator"));
        let (name, value) = match (new, old) {
            (Some(value), None) => ("ItemProcessor", value),
            (None, Some(value)) => ("Iterator", value),
            _ => {
                fields.exactly_one(&["ItemProcessor", "Iterator"]);
                return None;
            }
        };
        let inner = Fields::new(value, fields.at(name), &self.problems)?;
        inner.value("Comment");
        let (distributed, express) = self.processor_config(&inner);
        let program = self.program(&inner)?;
        inner.finish();
        Some(Processor { program, distributed, express })
    }

    fn processor_config(&self, fields: &Fields<'_>) -> (bool, bool) {
        let config = fields.value("ProcessorConfig");
        let Some(config) = config.and_then(|value| Fields::new(value, fields.at("ProcessorConfig"), &self.problems))
        else {
            return (false, false);
        };
        let mode = config.one_of("Mode", &["INLINE", "DISTRIBUTED"]);
        let kind = config.one_of("ExecutionType", &["STANDARD", "EXPRESS"]);
        config.finish();
        let distributed = mode.as_deref() == Some("DISTRIBUTED");
        if distributed {
            config.require(&["ExecutionType"]);
        } else if kind.is_some() {
            config.wrong_here("Field 'ExecutionType' is not supported");
        }
        if distributed && self.rules.express {
            let rule = "The field 'Mode' with value 'DISTRIBUTED' is not supported inside 'EXPRESS' state machines";
            config.wrong("Mode", rule);
        }
        (distributed, kind.as_deref() == Some("EXPRESS"))
    }

    fn mode(&self, fields: &Fields<'_>, processor: &Processor) -> MapMode {
        if !processor.distributed {
            return MapMode::Inline;
        }
        let label = fields.text("Label");
        check_label(fields, label.as_deref());
        MapMode::Distributed(Box::new(Distributed {
            label,
            express: processor.express,
            reader: fields.value("ItemReader").and_then(|value| self.reader(value, fields.at("ItemReader"))),
            batch: fields.value("ItemBatcher").and_then(|value| self.batch(value, fields.at("ItemBatcher"))),
            writer: fields.value("ResultWriter").and_then(|value| self.writer(value, fields.at("ResultWriter"))),
        }))
    }

    fn reader(&self, value: &Value, location: String) -> Option<Reader> {
        let fields = Fields::new(value, location, &self.problems)?;
        fields.require(&["Resource"]);
        let resource = fields.text("Resource")?;
        self.check_s3(&fields, &resource, "arn:aws:states:::s3:getObject", "getObject");
        let parameters = fields.template("Parameters");
        let config = fields.value("ReaderConfig");
        let config = config.and_then(|value| Fields::new(value, fields.at("ReaderConfig"), &self.problems));
        let max_items = config.as_ref().and_then(|config| config.map_amount("MaxItems", "MaxItemsPath", MOST_ITEMS));
        let input = config.as_ref().map_or(Some(InputKind::Json), input_kind);
        config.iter().for_each(Fields::finish);
        fields.finish();
        Some(Reader { parameters, input: input?, max_items })
    }

    /// Readers and writers go to S3 through the task runner, by the SDK's names.
    fn check_s3(&self, fields: &Fields<'_>, resource: &str, known: &str, call: &str) {
        let needed = format!("arn:aws:states:::aws-sdk:s3:{call}");
        if resource != known || !(self.rules.supports)(&needed) {
            fields.wrong("Resource", format!("The shakedown sandbox does not support {resource} here"));
        }
    }

    fn batch(&self, value: &Value, location: String) -> Option<Batch> {
        let fields = Fields::new(value, location, &self.problems)?;
        let batch = Batch {
            input: fields.template("BatchInput"),
            max_items: fields.map_amount("MaxItemsPerBatch", "MaxItemsPerBatchPath", MOST_ITEMS),
            max_bytes: fields.map_amount("MaxInputBytesPerBatch", "MaxInputBytesPerBatchPath", 262_144),
        };
        fields.finish();
        Some(batch)
    }

    fn writer(&self, value: &Value, location: String) -> Option<Writer> {
        let fields = Fields::new(value, location, &self.problems)?;
        fields.require(&["Resource", "Parameters"]);
        let resource = fields.text("Resource")?;
        self.check_s3(&fields, &resource, "arn:aws:states:::s3:putObject", "putObject");
        if fields.value("WriterConfig").is_some() {
            fields.wrong("WriterConfig", "The shakedown sandbox does not support WriterConfig");
        }
        let parameters = fields.template("Parameters")?;
        fields.finish();
        Some(Writer { parameters })
    }
}

/// AWS takes these fields on inline maps too, where they have no effect: the first failure ends such a map.
fn tolerance(fields: &Fields<'_>) -> Tolerance {
    let count = fields.map_amount("ToleratedFailureCount", "ToleratedFailureCountPath", u64::MAX);
    let fixed = fields.number("ToleratedFailurePercentage");
    fields.only_one(&["ToleratedFailurePercentage", "ToleratedFailurePercentagePath"]);
    match fixed {
        Some(percentage) if percentage < 0.0 => fields.wrong("ToleratedFailurePercentage", "Minimum value is 0.0"),
        Some(percentage) if percentage > 100.0 => fields.wrong("ToleratedFailurePercentage", "Maximum value is 100.0"),
        _ => {}
    }
    let path = fields.path("ToleratedFailurePercentagePath").map(Percentage::Path);
    Tolerance { count, percentage: fixed.map(Percentage::Fixed).or(path) }
}

fn check_label(fields: &Fields<'_>, label: Option<&str>) {
    let Some(label) = label else { return };
    if label.is_empty() {
        fields.wrong("Label", "Label cannot be empty");
    } else if label.chars().count() > 40 {
        fields.wrong("Label", "Label cannot exceed 40 characters");
    }
    if let Some(bad) = label.chars().find(|c| LABEL_REFUSED.contains(*c) || c.is_control()) {
        fields.wrong("Label", format!("Label contains invalid character: '{}'", bad.escape_debug()));
    }
}

fn input_kind(config: &Fields<'_>) -> Option<InputKind> {
    let kind = config.one_of("InputType", &["CSV", "JSON", "JSONL", "MANIFEST", "PARQUET"])?;
    match kind.as_str() {
        "JSON" => Some(InputKind::Json),
        "JSONL" => Some(InputKind::JsonLines),
        "CSV" => csv(config),
        other => {
            config.wrong("InputType", format!("The shakedown sandbox does not support the input type {other}"));
            None
        }
    }
}

fn csv(config: &Fields<'_>) -> Option<InputKind> {
    if !config.has("CSVHeaderLocation") {
        config.wrong_here("The field 'CSVHeaderLocation' is required");
    }
    let location = config.one_of("CSVHeaderLocation", &["FIRST_ROW", "GIVEN"])?;
    if location == "GIVEN" {
        config.require(&["CSVHeaders"]);
    }
    let names = config.list("CSVHeaders").map_or(&[][..], Vec::as_slice);
    let names: Vec<String> = names.iter().filter_map(|name| name.as_str().map(str::to_owned)).collect();
    let delimiter = match config.text("CSVDelimiter").as_deref() {
        None | Some("COMMA") => b',',
        Some("PIPE") => b'|',
        Some("SEMICOLON") => b';',
        Some("SPACE") => b' ',
        Some("TAB") => b'\t',
        Some(_) => {
            config.wrong("CSVDelimiter", "Value is not a supported delimiter");
            return None;
        }
    };
    let headers = if location == "GIVEN" { HeaderSource::Given(names) } else { HeaderSource::FirstRow };
    Some(InputKind::Csv { headers, delimiter })
}
