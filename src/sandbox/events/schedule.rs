//! Schedule expressions: `rate(5 minutes)`, `cron(0 10 * * ? *)`. Their syntax only, because no clock fires them here.
//!
//! The rules are those of the EventBridge user guide ("Setting a schedule pattern for scheduled rules").

/// Judges an expression. The error is a clause that says what is wrong.
pub fn check(expression: &str) -> Result<(), String> {
    let inside = |name: &str| expression.strip_prefix(name)?.strip_prefix('(')?.strip_suffix(')');
    if let Some(rate) = inside("rate") {
        return check_rate(rate);
    }
    match inside("cron") {
        Some(cron) => check_cron(cron),
        None => Err(format!("`{expression}` is neither rate(value unit) nor cron(fields)")),
    }
}

fn check_rate(text: &str) -> Result<(), String> {
    let wrong = || format!("`{text}` is no rate: a positive number and minute(s), hour(s) or day(s)");
    let [value, unit] = text.split(' ').collect::<Vec<_>>()[..] else { return Err(wrong()) };
    let all_digits = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    if !all_digits || value.starts_with('0') {
        return Err(wrong());
    }
    let singular = unit.strip_suffix('s').unwrap_or(unit);
    if !["minute", "hour", "day"].contains(&singular) {
        return Err(wrong());
    }
    match (value == "1", unit == singular) {
        (true, false) => Err(format!("`{text}`: the unit of 1 is singular: {singular}")),
        (false, true) => Err(format!("`{text}`: the unit of {value} is plural: {unit}s")),
        _ => Ok(()),
    }
}

/// A field of a cron expression.
struct Field {
    name: &'static str,
    least: u32,
    most: u32,
    /// Words for the values, the first for `least`.
    words: &'static [&'static str],
    /// The wildcards beside `,` `-` `*`.
    marks: &'static str,
}

const FIELDS: [Field; 6] = [
    Field { name: "minutes", least: 0, most: 59, words: &[], marks: "/" },
    Field { name: "hours", least: 0, most: 23, words: &[], marks: "/" },
    Field { name: "day-of-month", least: 1, most: 31, words: &[], marks: "?/LW" },
    Field {
        name: "month",
        least: 1,
        most: 12,
        words: &["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"],
        marks: "/",
    },
    Field {
        name: "day-of-week",
        least: 1,
        most: 7,
        words: &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"],
        marks: "?L#",
    },
    Field { name: "year", least: 1970, most: 2199, words: &[], marks: "/" },
];

fn check_cron(text: &str) -> Result<(), String> {
    let parts: Vec<&str> = text.split_whitespace().collect();
    if parts.len() != FIELDS.len() {
        let names = FIELDS.map(|field| field.name).join(", ");
        return Err(format!("`{text}` has {} fields and must have {}: {names}", parts.len(), FIELDS.len()));
    }
    for (field, part) in FIELDS.iter().zip(&parts) {
        field.check(part).map_err(|()| format!("`{part}` is not allowed in the field {}", field.name))?;
    }
    match (parts[2] == "?", parts[4] == "?") {
        (true, true) => Err("one of day-of-month and day-of-week must say which days".to_owned()),
        (false, false) => Err("one of day-of-month and day-of-week must be `?`".to_owned()),
        _ => Ok(()),
    }
}

impl Field {
    fn check(&self, text: &str) -> Result<(), ()> {
        let lonely = ["?", "L", "LW"].contains(&text) || text.contains(['#', 'W']);
        match text {
            "?" => self.allows('?'),
            _ if lonely => self.check_day(text),
            _ => text.split(',').try_for_each(|item| self.check_item(item)),
        }
    }

    /// A day that is counted from the end of something, or in a week: `L`, `LW`, `3W`, `3#2`.
    fn check_day(&self, text: &str) -> Result<(), ()> {
        if let Some((day, which)) = text.split_once('#') {
            self.allows('#')?;
            self.value(day)?;
            return if ["1", "2", "3", "4", "5"].contains(&which) { Ok(()) } else { Err(()) };
        }
        if let Some(day) = text.strip_suffix('W') {
            self.allows('W')?;
            return if day == "L" { Ok(()) } else { self.value(day).map(drop) };
        }
        self.allows('L')
    }

    /// A value, a range, a star, each with or without a step; the last of a weekday (`6L`).
    fn check_item(&self, item: &str) -> Result<(), ()> {
        if let Some(day) = item.strip_suffix('L') {
            self.allows('L')?;
            return if self.words.is_empty() { Err(()) } else { self.value(day).map(drop) };
        }
        let Some((from, step)) = item.split_once('/') else { return self.check_range(item) };
        self.allows('/')?;
        self.check_range(from)?;
        let step: u32 = step.parse().map_err(drop)?;
        if step >= 1 && step <= self.most { Ok(()) } else { Err(()) }
    }

    fn check_range(&self, text: &str) -> Result<(), ()> {
        match text.split_once('-') {
            None if text == "*" => Ok(()),
            None => self.value(text).map(drop),
            Some((from, to)) => self.value(from).and_then(|_| self.value(to)).map(drop),
        }
    }

    fn value(&self, text: &str) -> Result<u32, ()> {
        if let Some(at) = self.words.iter().position(|word| word.eq_ignore_ascii_case(text)) {
            return u32::try_from(at).map(|at| self.least + at).map_err(drop);
        }
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let value: u32 = if digits { text.parse().map_err(drop)? } else { return Err(()) };
        if (self.least..=self.most).contains(&value) { Ok(value) } else { Err(()) }
    }

    fn allows(&self, mark: char) -> Result<(), ()> {
        if self.marks.contains(mark) { Ok(()) } else { Err(()) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::check;

    #[test]
    fn the_examples_of_the_guide_are_schedules() {
        for good in [
            "rate(1 minute)",
            "rate(5 minutes)",
            "rate(1 hour)",
            "rate(12 hours)",
            "rate(1 day)",
            "rate(7 days)",
            "cron(0 10 * * ? *)",
            "cron(15 12 * * ? *)",
            "cron(0 18 ? * MON-FRI *)",
            "cron(0 8 1 * ? *)",
            "cron(0/15 * * * ? *)",
            "cron(0/10 * ? * MON-FRI *)",
            "cron(0/5 8-17 ? * MON-FRI *)",
            "cron(0/30 20-2 ? * MON-FRI *)",
            "cron(0 9 ? * 2#1 *)",
            "cron(0 9 ? * 6L 2024-2030)",
            "cron(0 9 L * ? *)",
            "cron(0 9 LW * ? *)",
            "cron(0 9 3W JAN,FEB,mar ? *)",
            "cron(0  9  1,15  *  ?  2199)",
        ] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
    }

    #[test]
    fn what_is_no_schedule_is_refused() {
        for (bad, part) in [
            ("", "neither rate"),
            ("at(2026-01-01T00:00:00)", "neither rate"),
            ("rate(5 minutes", "neither rate"),
            ("rate(5minutes)", "is no rate"),
            ("rate(0 minutes)", "is no rate"),
            ("rate(-1 minutes)", "is no rate"),
            ("rate(5 weeks)", "is no rate"),
            ("rate(1.5 hours)", "is no rate"),
            ("rate(1 minutes)", "singular: minute"),
            ("rate(5 minute)", "plural: minutes"),
            ("cron(0 10 * * ?)", "has 5 fields"),
            ("cron(60 10 * * ? *)", "`60` is not allowed in the field minutes"),
            ("cron(0 24 * * ? *)", "hours"),
            ("cron(0 10 0 * ? *)", "day-of-month"),
            ("cron(0 10 * 13 ? *)", "month"),
            ("cron(0 10 ? * FRU *)", "day-of-week"),
            ("cron(0 10 ? * 3#6 *)", "day-of-week"),
            ("cron(0 10 ? * 3#1,6#3 *)", "day-of-week"),
            ("cron(0 10 ? * MON/2 *)", "day-of-week"),
            ("cron(0 10 5L * ? *)", "day-of-month"),
            ("cron(0 10 * * ? 1969)", "year"),
            ("cron(? 10 * * ? *)", "minutes"),
            ("cron(0/0 10 * * ? *)", "minutes"),
            ("cron(0 10 * * * *)", "must be `?`"),
            ("cron(0 10 1 * MON *)", "must be `?`"),
            ("cron(0 10 ? * ? *)", "which days"),
        ] {
            let error = check(bad).expect_err(bad);
            assert!(error.contains(part), "{bad}: {error}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in r"(rate|cron)?\(?[0-9*?LW#/, a-zé-]{0,30}\)?") {
            let _ = check(&text);
        }
    }
}
