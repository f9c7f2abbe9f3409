"use strict";

// gossipbench holds all that the scripts of this page share.
const gossipbench = {};

// A Study is what the page holds of one experiment: columns, in which each
// configuration has its place, the best first; and which are chosen.
gossipbench.Study = class {
  constructor(id) {
    Object.assign(this, JSON.parse(document.getElementById(id + "-data").textContent));
    this.id = id;
    this.size = this.valid.length;
    this.byName = new Map(this.metrics.map((m) => [m.name, m]));
    this.hasTargets = this.metrics.some((m) => m.target);
    this.trialsOf = Array.from({ length: this.size }, () => []);
    this.trials.setting.forEach((s, t) => this.trialsOf[s].push(t));
    this.listeners = [];
    this.reset();
  }

  // reset chooses all configurations.
  reset() {
    this.levels = this.factors.map(() => new Set()); // that are chosen; none means all
    this.text = "";
    this.onlyPass = false;
    this.onlyFront = false;
    this.brush = null; // what is marked in the scatter: ranges of metrics
  }

  get filtered() {
    return this.levels.some((l) => l.size) || this.text !== "" || this.onlyPass || this.onlyFront || this.brush !== null;
  }

  // aimed names the metrics that the front of the page is of.
  aimed() {
    const names = this.aims.map((name) => this.byName.get(name).words);
    return names.length < 2 ? names.join("") : names.slice(0, -1).join(", ") + " and " + names.at(-1);
  }

  // changed tells all that show the study; the one that made the change, if any,
  // has no need to be told.
  changed(by) {
    for (const l of this.listeners) if (l !== by) l.update();
  }

  level(factor, i) {
    const at = this.factors[factor].of[i];
    return at < 0 ? "" : this.factors[factor].levels[at];
  }

  // label names a configuration by its levels, what is chosen first.
  label(i) {
    const named = this.factors.findIndex((f) => f.name === "strategy");
    const strategy = named < 0 ? "" : this.level(named, i);
    const part = (condition) => {
      const parts = [], lacks = [];
      this.factors.forEach((f, n) => {
        const l = this.level(n, i);
        if (f.condition !== condition || (f.told && !f.told.includes(strategy))) return;
        if (l === "") lacks.push(f.name);
        else parts.push(f.name === "strategy" ? l + (Object.hasOwn(this.beside, l) ? this.beside[l] : "") : f.name + " " + l);
      });
      return parts.length === 0 && lacks.length > 0 ? "without " + lacks.join(", ") : parts.join(", ");
    };
    const choice = part(false), condition = part(true);
    if (choice === "") return condition || this.name;
    return condition === "" ? choice : choice + " (" + condition + ")";
  }

  // passes reports whether a configuration is chosen. What is named in except does not
  // count: a chart shows what its own selection leaves out.
  passes(i, except = {}) {
    if (this.onlyPass && this.verdict[i] !== "pass") return false;
    if (this.onlyFront && !this.front[i]) return false;
    for (let f = 0; f < this.factors.length; f++) {
      const chosen = this.levels[f];
      if (chosen.size && f !== except.factor && !chosen.has(this.factors[f].of[i])) return false;
    }
    if (this.brush && !except.brush) {
      for (const [name, [low, high]] of Object.entries(this.brush)) {
        const x = this.byName.get(name).median[i];
        if (x === null || x < low || x > high) return false;
      }
    }
    return this.text === "" || this.words(i).includes(this.text);
  }

  words(i) {
    this.wordsOf ??= [];
    return (this.wordsOf[i] ??= this.label(i).toLowerCase());
  }

  chosen(except) {
    const all = [];
    for (let i = 0; i < this.size; i++) if (this.passes(i, except)) all.push(i);
    return all;
  }

  // toggle chooses a level of a factor, or no longer.
  toggle(factor, level) {
    const chosen = this.levels[factor];
    if (!chosen.delete(level)) chosen.add(level);
    if (chosen.size === this.factors[factor].levels.length) chosen.clear();
  }

  least(m, i) { return m.least ? m.least[i] : m.median[i]; }
  most(m, i) { return m.most ? m.most[i] : m.median[i]; }

  // pareto returns which of some configurations are on the front of two metrics, each
  // among those of its condition. Configurations with invalid trials, or that do too
  // little of what was asked, are not.
  pareto(settings, a, b) {
    const good = (m, i) => (m.better > 0 ? -m.median[i] : m.median[i]);
    const front = new Set();
    for (let c = 0; c < this.conditions.length; c++) {
      const sound = settings.filter((i) => this.condition[i] === c && this.valid[i] > 0 && !this.short[i] && !this.unused[i].includes("invalid") && a.median[i] !== null && b.median[i] !== null);
      sound.sort((i, j) => good(a, i) - good(a, j) || good(b, i) - good(b, j));
      let last = null;
      for (const i of sound) {
        const same = last !== null && a.median[i] === a.median[last] && b.median[i] === b.median[last];
        if (last === null || same || good(b, i) < good(b, last)) front.add((last = i));
      }
    }
    return front;
  }
};

// heading names a metric with its unit.
gossipbench.heading = (m) => m.words + (m.unit === "" || m.words.includes(m.unit) ? "" : " (" + m.unit + ")");

// digits writes numbers that stand beside each other: with as many decimals as
// give the greatest three significant digits, and none where all are integers.
gossipbench.digits = (...xs) => {
  const most = Math.max(...xs.map(Math.abs));
  const decimals = xs.every(Number.isInteger) ? 0 : Math.min(Math.max(2 - Math.floor(Math.log10(most)), 0), 12);
  return xs.map((x) => {
    const scaled = x * 10 ** decimals;
    if (Math.abs(scaled % 1) === 0.5) { // halves go to the even digit, as the program that made the page has it
      return (2 * Math.round(scaled / 2) / 10 ** decimals).toFixed(decimals);
    }
    return x.toFixed(decimals);
  });
};

// csv writes rows of values as RFC 4180 has it.
gossipbench.csv = (names, rows) => {
  const field = (x) => {
    const text = x === null || x === undefined ? "" : String(x);
    return /[",\r\n]/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text;
  };
  return [names, ...rows].map((row) => row.map(field).join(",") + "\r\n").join("");
};

// save hands a file to the person who reads the page.
gossipbench.save = (name, type, content) => {
  const url = content.startsWith("data:") ? content : URL.createObjectURL(new Blob([content], { type }));
  const a = document.createElement("a");
  a.href = url;
  a.download = name;
  document.body.append(a);
  a.click();
  a.remove();
  if (!content.startsWith("data:")) setTimeout(() => URL.revokeObjectURL(url), 60_000);
};

// element makes an element of attributes and children; texts become text nodes.
gossipbench.element = (name, attributes = {}, ...children) => {
  const e = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) e.addEventListener(key.slice(2), value);
    else if (value === true) e.setAttribute(key, "");
    else if (value !== false && value !== undefined && value !== null) e.setAttribute(key, value);
  }
  e.append(...children.filter((c) => c !== null && c !== undefined));
  return e;
};

// announce tells what a screen reader would not notice.
gossipbench.announce = (text) => { document.getElementById("said").textContent = text; };
