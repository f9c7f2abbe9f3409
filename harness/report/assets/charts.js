"use strict";

// A Chart is a figure of Vega-Lite: with what can be chosen for its axes, what it
// says in words, and what can be downloaded of it. Those that extend it give
// title, hint, axes, rows, spec and words.
gossipbench.Chart = class {
  constructor(study, host, wide) {
    const { element } = gossipbench;
    this.study = study;
    this.canvas = element("div", { class: "canvas", role: "img" });
    this.axes = element("div", { class: "axes" });
    this.alt = element("p", { class: "alt" });
    const download = (name, title, make) => element("button", { type: "button", title, onclick: make }, name);
    this.figure = element("figure", { class: wide ? "wide" : null, "data-chart": this.name },
      element("figcaption", {}, element("h3", {}, this.title), this.axes),
      this.canvas,
      this.alt,
      this.hint ? element("p", { class: "hint" }, this.hint) : null,
      element("div", { class: "downloads" }, element("span", {}, "Download"),
        download("SVG", "the picture, as SVG", () => this.picture("svg")),
        download("PNG", "the picture, as PNG", () => this.picture("png")),
        download("CSV", "what it shows, as CSV", () => this.save("csv")),
        download("JSON", "what it shows, as JSON", () => this.save("json")),
        download("Vega-Lite", "the chart with its data, as a Vega-Lite specification", () => this.save("vl.json"))));
    host.append(this.figure);
    study.listeners.push(this);
  }

  // choose adds a list of which one is chosen.
  choose(label, names, value, change) {
    const { element } = gossipbench;
    const select = element("select", { onchange: (e) => { change(e.target.value); this.draw(); } },
      ...names.map(([key, text]) => element("option", { value: key, selected: key === value }, text)));
    this.axes.append(element("label", {}, label + " ", select));
  }

  metricNames() { return this.study.metrics.map((m) => [m.name, gossipbench.heading(m)]); }

  // draw makes the picture anew, in the colours of the page, after those that
  // were asked for before.
  draw() { return (this.drawing = (this.drawing ?? Promise.resolve()).then(() => this.drawNow())); }

  async drawNow() {
    const spec = this.spec();
    this.describe();
    this.view?.finalize();
    const made = await vegaEmbed(this.canvas, { ...spec, datasets: this.datasets() }, {
      mode: "vega-lite", actions: false, ast: true, defaultStyle: false, config: gossipbench.look(), hover: false,
      renderer: this.study.size > 1000 ? "canvas" : "svg", tooltip: { theme: gossipbench.dark() ? "dark" : "light" },
    });
    this.view = made.view;
    this.drawn();
  }

  // drawn is called with a new view.
  drawn() {}

  // update shows what is chosen by now.
  async update() {
    if (!this.view) return;
    for (const [name, rows] of Object.entries(this.datasets())) this.view.data(name, rows);
    this.describe();
    await this.view.runAsync();
  }

  describe() {
    this.alt.textContent = this.words();
    this.canvas.setAttribute("aria-label", this.title + ". " + this.words());
  }

  get fileName() { return this.study.name + "-" + this.name; }

  async picture(type) {
    const { save } = gossipbench;
    await this.drawing;
    if (type === "svg") save(this.fileName + ".svg", "image/svg+xml", await this.view.toSVG());
    else save(this.fileName + ".png", "image/png", await this.view.toImageURL("png", 2));
  }

  save(type) {
    const { save, csv } = gossipbench;
    const rows = Object.values(this.datasets())[0];
    if (type === "csv") {
      const names = Object.keys(rows[0] ?? {});
      save(this.fileName + ".csv", "text/csv", csv(names, rows.map((r) => names.map((n) => r[n]))));
    } else if (type === "json") save(this.fileName + ".json", "application/json", JSON.stringify(rows, null, 1));
    else save(this.fileName + ".vl.json", "application/json", JSON.stringify({ ...this.spec(), datasets: this.datasets(), width: 640, config: gossipbench.look() }, null, 1));
  }
};

// hues can be told apart by the colour-blind, on a light ground and on a dark one:
// the first six, of Okabe and Ito, "Color Universal Design", 2008, without black
// and yellow. Those that follow are for experiments that need more, and a guess.
gossipbench.hues = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#888888", "#7B5FC0", "#8A8A20", "#A02050"];

gossipbench.dark = () => getComputedStyle(document.documentElement).colorScheme === "dark";

// look is how charts look on this page, light or dark.
gossipbench.look = () => {
  const probe = document.body.appendChild(document.createElement("i"));
  const color = (name) => { probe.style.color = "var(--" + name + ")"; return getComputedStyle(probe).color; };
  const [ink, muted, line, ground, accent] = ["ink", "muted", "line", "ground", "accent"].map(color);
  probe.remove();
  const font = "system-ui, -apple-system, Segoe UI, Roboto, DejaVu Sans, sans-serif";
  return {
    background: ground, font, aria: false, padding: 4,
    axis: { labelColor: muted, titleColor: ink, gridColor: line, domainColor: muted, tickColor: muted, labelFontSize: 11, titleFontSize: 12, titleFontWeight: 600, titlePadding: 8, gridOpacity: 0.7 },
    legend: { labelColor: ink, titleColor: muted, orient: "top", labelFontSize: 11, titleFontSize: 11, titleFontWeight: 500, symbolSize: 70, symbolBaseFillColor: ink, symbolBaseStrokeColor: ink, columnPadding: 12, labelLimit: 240, columns: 5, layout: { top: { direction: "vertical", anchor: "start", margin: 4 } } },
    view: { stroke: null }, text: { color: ink }, rule: { color: muted }, point: { color: accent }, line: { color: accent }, tick: { color: ink },
  };
};

// scale is logarithmic where that helps: more than a decade and a half, and
// nothing at or below zero. Its domain does not change with what is chosen. A
// target is in it unless that would leave the data little room.
gossipbench.scale = (values, target) => {
  const known = values.filter((x) => x !== null && x !== undefined);
  if (known.length === 0) known.push(target?.value ?? 0);
  let least = Math.min(...known), most = Math.max(...known);
  const log = least > 0 && most / least > 30;
  const far = log ? 30 : 4; // times as much as the data. Chosen
  if (target && (log ? target.value > least / far : target.value >= Math.min(0, least * far)) && target.value <= Math.max(most, -least, 0) * far) {
    least = Math.min(least, target.value);
    most = Math.max(most, target.value);
  }
  if (log) return { type: "log", domain: [least * 0.9, most * 1.1], nice: false };
  const zero = least >= 0 && least < most / 2;
  const room = (most - least || Math.abs(most) || 1) * 0.05;
  return { type: "linear", zero, domain: [zero ? 0 : least - room, most + room], nice: true };
};

// beyond says on which side of a scale a target is that it does not show: -1, 1,
// or 0 where it does.
gossipbench.beyond = (scale, target) => (!target ? 0 : target.value < scale.domain[0] ? -1 : target.value > scale.domain[1] ? 1 : 0);

// targets are the layers that show a metric's target: a line, or a note at the
// edge beyond which it is.
gossipbench.targets = (m, channel, scale) => {
  if (!m.target) return [];
  const side = gossipbench.beyond(scale, m.target), { value, text } = m.target, across = channel === "x";
  const data = { values: [{ target: value, text: side === 0 ? text : across ? (side < 0 ? "← " + text : text + " →") : text + (side < 0 ? " ↓" : " ↑") }] };
  const label = { type: "text", fontSize: 10, opacity: 0.8, align: "left", baseline: "bottom" };
  const words = { text: { field: "text" } };
  if (side !== 0) {
    const mark = { ...label, fontWeight: 600, align: across && side > 0 ? "right" : "left", dx: across && side > 0 ? -2 : 2 };
    return [{ data, mark, encoding: { ...words, x: { value: across && side > 0 ? "width" : 0 }, y: across ? { value: 10 } : { value: side > 0 ? 22 : "height" } } }];
  }
  const at = { [channel]: { field: "target", type: "quantitative", scale } };
  return [{ data, mark: { type: "rule", strokeDash: [5, 4], clip: true }, encoding: at },
    { data, mark: { ...label, dx: across ? 3 : 2, dy: -2, ...(across ? { y: 10 } : { x: 0 }) }, encoding: { ...at, ...words } }];
};

// unseen says of metrics which targets their scales do not show.
gossipbench.unseen = (pairs) => pairs.filter(([m, scale]) => gossipbench.beyond(scale, m.target) !== 0).map(([m]) => " The target " + m.words + " " + m.target.text + " is beyond the axis.").join("");

// ordered reports whether levels are numbers, so that there is something between
// them.
gossipbench.ordered = (levels) => levels.every((l) => /^[\d.]+(ns|µs|ms|s|m|h)?$/.test(l) || /^(\d+[hms])+$/.test(l));

// colors gives each level of a factor its hue, or its place on a scale where
// they are many numbers.
gossipbench.colors = (levels) => {
  if (levels.length <= 6) return { domain: levels, range: gossipbench.hues.slice(0, levels.length) };
  if (gossipbench.ordered(levels.filter((l) => l !== "–"))) return { domain: levels, scheme: "viridis" };
  if (levels.length <= gossipbench.hues.length) return { domain: levels, range: gossipbench.hues.slice(0, levels.length) };
  return { domain: levels, scheme: "tableau20" };
};

// verdicts are the shapes of those that there are.
gossipbench.verdicts = (study) => {
  const all = [["pass", "circle"], ["fail", "cross"], ["open", "triangle-up"]].filter(([v]) => study.verdict.includes(v));
  return { domain: all.map(([v]) => v), range: all.map(([, shape]) => shape) };
};

// text writes a median and its range.
gossipbench.text = (study, m, i) => {
  if (m.median[i] === null) return "unknown";
  const [median, least, most] = gossipbench.digits(m.median[i], study.least(m, i), study.most(m, i));
  const unit = m.unit === "ms" || m.unit === "s" ? " " + m.unit : "";
  return median + unit + (least === most ? "" : " (" + least + " to " + most + ")");
};

// A Scatter shows a metric against another, a point a configuration, with the Pareto
// front. What is marked in it filters the rest of the page.
gossipbench.Scatter = class extends gossipbench.Chart {
  get name() { return "scatter"; }
  get title() {
    const delay = this.study.byName.get(this.study.delay)?.words ?? "latency";
    return "Cost against " + (delay.includes("latency") ? "latency" : delay);
  }
  get hint() { return (this.study.pick.includes(true) ? "Ringed: what is recommended. " : "") + "Drag over points to see only these in the other charts and the table; click beside them for all." + (this.study.aims.length > 2 ? " The line is the front of these two metrics alone; the page weighs " + this.study.aimed() + "." : ""); }

  constructor(study, host) {
    super(study, host);
    this.x = study.byName.get(study.cost) ?? study.metrics[0];
    this.y = study.byName.get(study.delay) ?? study.metrics[1] ?? study.metrics[0];
    const strategy = study.factors.findIndex((f) => f.name === "strategy");
    this.color = strategy >= 0 ? strategy : study.factors.findIndex((f) => f.levels.length <= gossipbench.hues.length);
    this.choose("across", this.metricNames(), this.x.name, (v) => { this.x = study.byName.get(v); this.clear(); });
    this.choose("up", this.metricNames(), this.y.name, (v) => { this.y = study.byName.get(v); this.clear(); });
    if (study.factors.length) this.choose("colour", [[-1, "none"], ...study.factors.map((f, n) => [n, f.name])], this.color, (v) => { this.color = Number(v); });
  }

  clear() {
    if (this.study.brush === null) return;
    this.study.brush = null;
    this.study.changed(this);
  }

  datasets() {
    const s = this.study, { x, y } = this;
    const shown = s.chosen({ brush: true });
    const front = s.pareto(shown, x, y);
    const rows = [];
    for (const i of shown) {
      if (x.median[i] === null || y.median[i] === null) continue;
      rows.push({
        setting: s.label(i), color: this.color < 0 ? "" : s.level(this.color, i) || "–", x: x.median[i], xLeast: s.least(x, i), xMost: s.most(x, i),
        y: y.median[i], yLeast: s.least(y, i), yMost: s.most(y, i), xText: gossipbench.text(s, x, i), yText: gossipbench.text(s, y, i),
        targets: s.verdict[i] || "none", front: front.has(i), best: s.pick[i], condition: s.conditions[s.condition[i]],
      });
    }
    return { settings: rows, front: rows.filter((r) => r.front).sort((a, b) => a.x - b.x || a.y - b.y) };
  }

  scale(m) { return gossipbench.scale([...m.median, ...(m.least ?? []), ...(m.most ?? [])], m.target); }

  spec() {
    const s = this.study, { x, y } = this;
    const axis = (m) => ({ scale: this.scale(m), title: gossipbench.heading(m), axis: { format: ",~r", labelOverlap: "greedy" } });
    const across = { field: "x", type: "quantitative", ...axis(x) }, up = { field: "y", type: "quantitative", ...axis(y) };
    const levels = this.color < 0 ? [""] : [...s.factors[this.color].levels, ...(s.factors[this.color].of.includes(-1) ? ["–"] : [])];
    const color = { field: "color", type: "nominal", scale: gossipbench.colors(levels), legend: this.color < 0 || levels.length > 24 ? null : { title: s.factors[this.color].name, symbolOpacity: 1 } };
    const ranges = s.size <= 300;
    return {
      $schema: "https://vega.github.io/schema/vega-lite/v6.json", description: this.title, width: "container", height: 320, autosize: { type: "fit-x", contains: "padding" },
      data: { name: "settings" },
      layer: [
        ...(ranges && x.least ? [{ mark: { type: "rule", opacity: 0.45 }, encoding: { x: { ...across, field: "xLeast" }, x2: { field: "xMost" }, y: up, color } }] : []),
        ...(ranges && y.least ? [{ mark: { type: "rule", opacity: 0.45 }, encoding: { x: across, y: { ...up, field: "yLeast" }, y2: { field: "yMost" }, color } }] : []),
        ...(s.conditions.length <= 4 ? [{ data: { name: "front" }, mark: { type: "line", interpolate: "step-after", strokeWidth: 1, opacity: 0.7, color: gossipbench.look().axis.labelColor }, encoding: { x: across, y: up, detail: { field: "condition" }, order: { field: "x" } } }] : []),
        {
          params: [{ name: "brush", select: { type: "interval", encodings: ["x", "y"], mark: { fillOpacity: 0.12, stroke: "#888" } } }],
          mark: { type: "point", filled: true, size: s.size > 1000 ? 18 : 65, strokeWidth: 1.5 },
          encoding: {
            x: across, y: up, color,
            opacity: { condition: { param: "brush", value: 0.9 }, value: 0.15 },
            ...(s.hasTargets ? { shape: { field: "targets", type: "nominal", scale: gossipbench.verdicts(s), legend: { title: "targets", symbolOpacity: 1 } } } : {}),
            tooltip: [{ field: "setting", title: "configuration" }, { field: "xText", title: x.words }, { field: "yText", title: y.words }, ...(s.hasTargets ? [{ field: "targets", title: "targets" }] : [])],
          },
        },
        ...(s.pick.includes(true) ? [
          { transform: [{ filter: "datum.best" }], mark: { type: "point", filled: false, size: 220, strokeWidth: 2, color: gossipbench.look().text.color }, encoding: { x: across, y: up } },
          ...(s.conditions.length > 1 ? [] : [{ transform: [{ filter: "datum.best" }], mark: { type: "text", align: "left", baseline: "bottom", dx: 10, dy: -8, fontWeight: 600, text: "recommended" }, encoding: { x: across, y: up } }]),
        ] : []),
        ...gossipbench.targets(x, "x", across.scale), ...gossipbench.targets(y, "y", up.scale),
      ],
    };
  }

  drawn() {
    const s = this.study;
    let due = 0;
    this.view.addSignalListener("brush", (_, value) => {
      clearTimeout(due);
      due = setTimeout(() => {
        s.brush = value.x && value.y ? { [this.x.name]: value.x.slice().sort((a, b) => a - b), [this.y.name]: value.y.slice().sort((a, b) => a - b) } : null;
        s.changed(this);
      }, 60);
    });
  }

  words() {
    const { settings, front } = this.datasets();
    if (settings.length === 0) return "No configuration fits all filters.";
    const ends = (key) => { const all = settings.map((r) => r[key]); const [a, b] = gossipbench.digits(Math.min(...all), Math.max(...all)); return a + " to " + b; };
    const names = [...new Set(front.map((r) => r.setting))];
    const told = names.length > 3 ? [names[0], names[1], names.length - 2 + " more"] : names;
    const lacking = this.study.chosen({ brush: true }).length - settings.length;
    return settings.length + (settings.length === 1 ? " configuration; " : " configurations; ") + this.x.words + " " + ends("x") + ", " + gossipbench.heading(this.y) + " " + ends("y") + ". On the front" + (this.study.conditions.length > 1 ? ", each under its condition: " : ", by the line: ") + told.join("; ") + "." + (lacking ? " Not shown: " + lacking + " without a valid trial that has both." : "") + gossipbench.unseen([[this.x, this.scale(this.x)], [this.y, this.scale(this.y)]]);
  }
};

// Levels shows a metric at each level of a factor, a point a configuration, with the
// medians: joined by lines where levels are numbers. A click chooses a level for the rest of the page.
gossipbench.Levels = class extends gossipbench.Chart {
  get name() { return "levels"; }
  get title() { return "What a factor does"; }
  get hint() { return "Lines, or dashes where levels have no order, are medians of the configurations at a level. Click a point to see only its level in the other charts and the table."; }

  constructor(study, host) {
    super(study, host);
    this.y = study.byName.get(study.cost) ?? study.metrics[0];
    this.factor = Math.max(study.factors.findIndex((f) => f.name === study.telling), 0);
    const strategy = study.factors.findIndex((f, n) => f.name === "strategy" && n !== this.factor);
    this.color = strategy;
    const factors = study.factors.map((f, n) => [n, f.name]);
    this.choose("across", factors, this.factor, (v) => { this.factor = Number(v); });
    this.choose("up", this.metricNames(), this.y.name, (v) => { this.y = study.byName.get(v); });
    this.choose("colour", [[-1, "none"], ...factors], this.color, (v) => { this.color = Number(v); });
  }

  datasets() {
    const s = this.study, chosen = s.levels[this.factor];
    const rows = [];
    for (const i of s.chosen({ factor: this.factor })) {
      const at = s.factors[this.factor].of[i];
      if (at < 0 || this.y.median[i] === null) continue;
      rows.push({
        level: s.factors[this.factor].levels[at], color: this.color < 0 ? "" : s.level(this.color, i) || "–", y: this.y.median[i],
        setting: s.label(i), yText: gossipbench.text(s, this.y, i), on: chosen.size === 0 || chosen.has(at),
      });
    }
    return { settings: rows };
  }

  spec() {
    const s = this.study, f = s.factors[this.factor];
    const levels = this.color < 0 ? [""] : [...s.factors[this.color].levels, ...(s.factors[this.color].of.includes(-1) ? ["–"] : [])];
    const color = { field: "color", type: "nominal", scale: gossipbench.colors(levels), legend: this.color < 0 || levels.length > 24 ? null : { title: s.factors[this.color].name } };
    const x = { field: "level", type: "ordinal", scale: { domain: f.levels }, sort: null, title: f.name, axis: { labelAngle: f.levels.length > 8 ? -40 : 0, labelOverlap: "greedy", grid: false } };
    const y = { field: "y", type: "quantitative", scale: gossipbench.scale(this.y.median, this.y.target), title: gossipbench.heading(this.y), axis: { format: ",~r", labelOverlap: "greedy" } };
    const middle = gossipbench.ordered(f.levels) ? { type: "line", strokeWidth: 2, opacity: 0.85 } : { type: "tick", orient: "horizontal", thickness: 3, size: 34, opacity: 0.85 };
    return {
      $schema: "https://vega.github.io/schema/vega-lite/v6.json", description: this.title, width: "container", height: 320, autosize: { type: "fit-x", contains: "padding" },
      data: { name: "settings" },
      layer: [
        { mark: middle, encoding: { x, y: { ...y, aggregate: "median" }, color } },
        {
          mark: { type: "point", filled: true, size: s.size > 1000 ? 16 : 55, cursor: "pointer" },
          encoding: {
            x, y, color, opacity: { condition: { test: "datum.on", value: 0.75 }, value: 0.12 },
            tooltip: [{ field: "setting", title: "configuration" }, { field: "yText", title: this.y.words }],
          },
        },
        ...gossipbench.targets(this.y, "y", y.scale),
      ],
    };
  }

  drawn() {
    this.view.addEventListener("click", (_, item) => {
      const level = this.study.factors[this.factor].levels.indexOf(item?.datum?.level);
      if (level < 0) return;
      this.study.toggle(this.factor, level);
      this.study.changed(null);
    });
  }

  words() {
    const { settings } = this.datasets();
    const f = this.study.factors[this.factor];
    const parts = f.levels.map((l) => {
      const ys = settings.filter((r) => r.level === l && r.on).map((r) => r.y).sort((a, b) => a - b);
      if (ys.length === 0) return null;
      const middle = ys.length % 2 ? ys[ys.length >> 1] : (ys[ys.length / 2 - 1] + ys[ys.length / 2]) / 2;
      return l + ": " + gossipbench.digits(middle)[0];
    }).filter((p) => p !== null);
    if (parts.length === 0) return "No configuration fits all filters.";
    const told = parts.length > 8 ? [...parts.slice(0, 7), "…", parts.at(-1)] : parts;
    return "Median " + gossipbench.heading(this.y) + " by " + f.name + ": " + told.join(", ") + "." + gossipbench.unseen([[this.y, gossipbench.scale(this.y.median, this.y.target)]]);
  }
};

// Trials shows each trial of the first configurations that are chosen: how far
// replicates are apart, and which of them miss a target.
gossipbench.Trials = class extends gossipbench.Chart {
  get name() { return "trials"; }
  get title() { return "Each trial"; }
  get hint() { return "Of the first " + gossipbench.Trials.most + " configurations that fit all filters, the best first; the tick is their median."; }

  static most = 20;

  constructor(study, host) {
    super(study, host, true);
    this.x = gossipbench.Trials.hardest(study) ?? study.byName.get(study.cost) ?? study.metrics[0];
    this.choose("across", this.metricNames().filter(([name]) => study.trials.values[name]), this.x.name, (v) => { this.x = study.byName.get(v); });
  }

  // hardest is the metric of the target that the most configurations miss.
  static hardest(study) {
    const fails = (m) => m.verdict.filter((v) => v === "fail").length;
    return study.metrics.filter((m) => m.target && study.trials.values[m.name]).reduce((a, b) => (a && fails(a) >= fails(b) ? a : b), undefined);
  }

  // update draws anew: how high the chart is depends on what is chosen.
  async update() { if (this.view) await this.draw(); }

  datasets() {
    const s = this.study, t = s.trials, values = t.values[this.x.name] ?? [];
    const rows = [];
    for (const i of s.chosen().slice(0, gossipbench.Trials.most)) {
      for (const n of s.trialsOf[i]) {
        if (values[n] === null || values[n] === undefined) continue;
        rows.push({ setting: s.label(i), x: values[n], median: this.x.median[i], replicate: t.replicate[n], seed: t.seed[n], trial: t.id[n], outcome: t.outcome[n], result: this.judge(t.outcome[n], values[n]) });
      }
    }
    return { trials: rows };
  }

  judge(outcome, x) {
    if (outcome !== "valid") return outcome;
    const target = this.x.target;
    if (!target) return "valid";
    const met = { "<": x < target.value, "<=": x <= target.value, ">": x > target.value, ">=": x >= target.value, "=": x === target.value }[target.op];
    return met ? "within the target" : "outside the target";
  }

  scale() { return gossipbench.scale(this.datasets().trials.map((r) => r.x), this.x.target); }

  spec() {
    const m = this.x;
    const labels = [...new Set(this.datasets().trials.map((r) => r.setting))];
    const x = { field: "x", type: "quantitative", scale: this.scale(), title: gossipbench.heading(m), axis: { format: ",~r", labelOverlap: "greedy" } };
    const y = { field: "setting", type: "nominal", scale: { domain: labels }, sort: null, title: null, axis: { labelLimit: 460, grid: true, ticks: false, domain: false, labelPadding: 8 } };
    const kinds = ["within the target", "valid", "outside the target", "invalid", "unknown", "error"];
    return {
      $schema: "https://vega.github.io/schema/vega-lite/v6.json", description: this.title, width: "container", height: 21 * Math.max(labels.length, 1), autosize: { type: "fit-x", contains: "padding" },
      data: { name: "trials" },
      layer: [
        { mark: { type: "tick", thickness: 2, size: 14 }, encoding: { x: { ...x, field: "median", aggregate: "max" }, y } },
        {
          mark: { type: "point", filled: true, size: 45, opacity: 0.75 },
          encoding: {
            x, y,
            color: { field: "result", type: "nominal", scale: { domain: kinds, range: ["#0072B2", "#0072B2", "#D55E00", "#CC79A7", "#E69F00", "#888888"] }, legend: null },
            shape: { field: "result", type: "nominal", scale: { domain: kinds, range: ["circle", "circle", "cross", "diamond", "triangle-up", "square"] }, legend: null },
            tooltip: [{ field: "setting", title: "configuration" }, { field: "x", title: m.words, format: ",.6~r" }, { field: "result" }, { field: "replicate" }, { field: "seed" }, { field: "trial" }],
          },
        },
        ...gossipbench.targets(m, "x", x.scale),
      ],
    };
  }

  words() {
    const { trials } = this.datasets();
    if (trials.length === 0) return "No trial of a chosen configuration is in the page.";
    const count = new Map();
    for (const r of trials) count.set(r.result, (count.get(r.result) ?? 0) + 1);
    const settings = new Set(trials.map((r) => r.setting)).size;
    return trials.length + " trials of " + settings + (settings === 1 ? " configuration" : " configurations") + (this.x.target ? ", " + this.x.words + " " + this.x.target.text + ": " : ": ") + [...count].map(([what, n]) => n + " " + what).join(", ") + "." + gossipbench.unseen([[this.x, this.scale()]]);
  }
};
