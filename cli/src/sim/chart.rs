//! Charts as inline SVG: axes with units, light and dark by the reader's preference. Floating point draws pictures and nothing else.
#![expect(
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "coordinates of a picture"
)]

use std::fmt::Write as _;

/// How values are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A line through the points.
    Line,
    /// A line that holds its value until the next.
    Step,
    /// A bar from zero.
    Bar,
}

/// One series of values, `None` where there is none.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) name: String,
    /// Which of the palette's colours, from 0.
    pub(crate) colour: usize,
    pub(crate) kind: Kind,
    pub(crate) values: Vec<Option<f64>>,
}

/// A chart over the same `x` for all its lines.
#[derive(Debug, Clone)]
pub(crate) struct Chart {
    pub(crate) title: String,
    /// What is on the vertical axis, with its unit.
    pub(crate) y: String,
    /// What is on the horizontal axis, with its unit.
    pub(crate) x: String,
    pub(crate) xs: Vec<f64>,
    pub(crate) lines: Vec<Line>,
    /// Moments worth a mark: where, and what.
    pub(crate) marks: Vec<(f64, String)>,
}

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 300.0;
const LEFT: f64 = 78.0;
const RIGHT: f64 = 14.0;
const TOP: f64 = 44.0;
const BOTTOM: f64 = 46.0;

/// Round numbers that cover a range, about five of them.
fn ticks(low: f64, high: f64) -> Vec<f64> {
    let span = (high - low).max(1e-12);
    let raw = span / 5.0;
    let power = 10f64.powf(raw.log10().floor());
    let step = [1.0, 2.0, 2.5, 5.0, 10.0].map(|of| of * power).into_iter().find(|step| *step >= raw).unwrap_or(raw);
    let first = (low / step).ceil();
    (0..12).map(|n| (first + f64::from(n)) * step).take_while(|tick| *tick <= high + step * 1e-9).collect()
}

/// A number as an axis shows it.
fn label(value: f64, step: f64) -> String {
    let (scaled, suffix, step) = if value.abs() >= 1e9 {
        (value / 1e9, "bn", step / 1e9)
    } else if value.abs() >= 1e6 {
        (value / 1e6, "m", step / 1e6)
    } else {
        (value, "", step)
    };
    let digits = if step >= 1.0 { 0 } else { (-step.log10().floor()).clamp(0.0, 6.0) as usize };
    let text = format!("{scaled:.digits$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text };
    // Groups of thousands, with a thin space.
    let (whole, rest) = text.split_once('.').map_or((text.as_str(), ""), |(whole, rest)| (whole, rest));
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("\u{2212}", digits));
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push('\u{2009}');
        }
        grouped.push(digit);
    }
    let point = if rest.is_empty() { "" } else { "." };
    let space = if suffix.is_empty() { "" } else { "\u{2009}" };
    format!("{sign}{grouped}{point}{rest}{space}{suffix}")
}

/// Text inside of markup.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

impl Chart {
    /// The chart as an `svg` element.
    pub(crate) fn svg(&self) -> String {
        let values = || self.lines.iter().flat_map(|line| line.values.iter().flatten().copied());
        let from_zero = self.lines.iter().any(|line| line.kind == Kind::Bar);
        let (mut low, mut high) = values().fold((f64::MAX, f64::MIN), |(low, high), v| (low.min(v), high.max(v)));
        if low > high {
            (low, high) = (0.0, 1.0);
        }
        if from_zero {
            low = low.min(0.0);
        }
        if high - low < 1e-9 {
            let around = high.abs().max(1.0) * 0.05;
            (low, high) = if from_zero { (low, high + around) } else { (low - around, high + around) };
        }
        let margin = (high - low) * 0.05;
        (low, high) = (if from_zero && low >= 0.0 { 0.0 } else { low - margin }, high + margin);
        let (first, last) = (self.xs.first().copied().unwrap_or(0.0), self.xs.last().copied().unwrap_or(1.0));
        let width = (last - first).max(1e-9);
        let px = |x: f64| LEFT + (x - first) / width * (WIDTH - LEFT - RIGHT);
        let py = |y: f64| HEIGHT - BOTTOM - (y - low) / (high - low) * (HEIGHT - TOP - BOTTOM);
        let mut out = format!(
            "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{0}\"><text class=\"title\" x=\"{LEFT}\" y=\"17\">{0}</text>",
            escape(&self.title)
        );
        let y_ticks = ticks(low, high);
        let step = y_ticks.get(1).zip(y_ticks.first()).map_or(1.0, |(b, a)| b - a);
        for tick in &y_ticks {
            let y = py(*tick);
            let _ = write!(
                out,
                "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{:.1}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/><text class=\"tick\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                WIDTH - RIGHT,
                LEFT - 7.0,
                y + 3.5,
                label(*tick, step)
            );
        }
        let x_ticks = ticks(first, last);
        let x_step = x_ticks.get(1).zip(x_ticks.first()).map_or(1.0, |(b, a)| b - a);
        for tick in &x_ticks {
            let x = px(*tick);
            let _ = write!(
                out,
                "<line class=\"axis\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{0:.1}\" y2=\"{1:.1}\"/><text class=\"tick\" x=\"{x:.1}\" y=\"{2:.1}\" text-anchor=\"middle\">{3}</text>",
                HEIGHT - BOTTOM,
                HEIGHT - BOTTOM + 4.0,
                HEIGHT - BOTTOM + 16.0,
                label(*tick, x_step)
            );
        }
        let _ = write!(
            out,
            "<line class=\"axis\" x1=\"{LEFT}\" x2=\"{:.1}\" y1=\"{1:.1}\" y2=\"{1:.1}\"/>",
            WIDTH - RIGHT,
            HEIGHT - BOTTOM
        );
        let _ = write!(
            out,
            "<text class=\"unit\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text><text class=\"unit\" transform=\"translate(13 {:.1}) rotate(-90)\" text-anchor=\"middle\">{}</text>",
            f64::midpoint(LEFT, WIDTH - RIGHT),
            HEIGHT - 8.0,
            escape(&self.x),
            f64::midpoint(TOP, HEIGHT - BOTTOM),
            escape(&self.y)
        );
        for (number, (x, name)) in self.marks.iter().enumerate() {
            let x = px(*x);
            let anchor = if x > WIDTH * 0.8 { "end" } else { "start" };
            let _ = write!(
                out,
                "<line class=\"mark\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{TOP}\" y2=\"{:.1}\"/><text class=\"tick\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"{anchor}\">{}</text>",
                HEIGHT - BOTTOM,
                if anchor == "end" { x - 4.0 } else { x + 4.0 },
                TOP + 10.0 + 12.0 * number as f64,
                escape(name)
            );
        }
        let bar = ((WIDTH - LEFT - RIGHT) / self.xs.len().max(1) as f64 * 0.8).clamp(1.0, 14.0);
        for line in &self.lines {
            match line.kind {
                Kind::Bar => {
                    let zero = py(0.0);
                    for (x, value) in self.xs.iter().zip(&line.values) {
                        if let Some(value) = value.filter(|value| *value != 0.0) {
                            let y = py(value);
                            let _ = write!(
                                out,
                                "<rect class=\"fill c{}\" x=\"{:.1}\" y=\"{:.1}\" width=\"{bar:.1}\" height=\"{:.1}\"/>",
                                line.colour,
                                (px(*x) - bar / 2.0).clamp(LEFT, WIDTH - RIGHT - bar),
                                y.min(zero),
                                (zero - y).abs().max(0.6)
                            );
                        }
                    }
                }
                Kind::Line | Kind::Step => {
                    let mut path = String::new();
                    let mut drawing = false;
                    for (x, value) in self.xs.iter().zip(&line.values) {
                        let Some(value) = value else {
                            drawing = false;
                            continue;
                        };
                        let (x, y) = (px(*x), py(*value));
                        if !drawing {
                            let _ = write!(path, "M{x:.1} {y:.1}");
                        } else if line.kind == Kind::Step {
                            let _ = write!(path, "H{x:.1}V{y:.1}");
                        } else {
                            let _ = write!(path, "L{x:.1} {y:.1}");
                        }
                        drawing = true;
                    }
                    let _ = write!(out, "<path class=\"line c{}\" d=\"{path}\"/>", line.colour);
                }
            }
        }
        // The legend, when there is more than one thing to tell apart.
        let mut x = LEFT;
        if self.lines.len() > 1 {
            for line in &self.lines {
                let _ = write!(
                    out,
                    "<rect class=\"fill c{}\" x=\"{x:.1}\" y=\"26\" width=\"12\" height=\"4\" rx=\"1\"/><text class=\"tick\" x=\"{:.1}\" y=\"32\">{}</text>",
                    line.colour,
                    x + 17.0,
                    escape(&line.name)
                );
                x += 32.0 + 6.4 * line.name.chars().count() as f64;
            }
        }
        out.push_str("</svg>");
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_show_round_numbers() {
        assert_eq!(ticks(0.0, 10.0), [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]);
        assert_eq!(ticks(36_000.0, 60_500.0).len(), 5);
        for (value, step, text) in [
            (60_000.0, 5_000.0, "60\u{2009}000"),
            (-2.5, 0.5, "\u{2212}2.5"),
            (0.0, 1.0, "0"),
            (2_500_000.0, 500_000.0, "2.5\u{2009}m"),
        ] {
            assert_eq!(label(value, step), text);
        }
    }

    #[test]
    fn a_chart_without_values_is_still_a_picture() {
        let chart = Chart {
            title: "a < b".into(),
            y: "USD".into(),
            x: "block".into(),
            xs: vec![],
            lines: vec![Line { name: "x".into(), colour: 0, kind: Kind::Line, values: vec![] }],
            marks: vec![],
        };
        let svg = chart.svg();
        assert!(svg.starts_with("<svg") && svg.ends_with("</svg>") && svg.contains("a &lt; b"));
    }
}
