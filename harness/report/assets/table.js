"use strict";

// A Table shows the configurations that are chosen, sorted by any column.
gossipbench.Table = class {
  constructor(study, section) {
    this.study = study;
    this.table = section.querySelector("table.results");
    this.tools = section.querySelector(".tabletools");
    this.shown = new Set(study.metrics.filter((m) => m.shown).map((m) => m.name));
    this.apart = study.factors.length > 0 && study.factors.length <= 6; // a column for each factor
    this.sort = null; // the key of a column; null is the order of the page: the best first
    this.down = false;
    this.rows = gossipbench.Table.step;
    this.makeTools();
    this.makeHead();
    this.touched = false; // until then the rows of the page itself stand
    study.listeners.push(this);
  }

  static step = 100;

  // columns are those that are shown, each with a key, and the value of a configuration
  // to sort by.
  columns() {
    const s = this.study;
    const all = this.apart
      ? s.factors.map((f, n) => ({ key: "factor " + f.name, head: f.name, value: (i) => f.of[i], factor: n }))
      : [{ key: "setting", head: "configuration", value: (i) => this.places()[i], setting: true }];
    all.push({ key: "n", head: "n", number: true, value: (i) => s.valid[i] });
    if (s.hasTargets) all.push({ key: "targets", head: "targets", value: (i) => ["pass", "open", "fail"].indexOf(s.verdict[i]) });
    for (const m of s.metrics) {
      if (this.shown.has(m.name)) all.push({ key: m.name, head: m.name + (m.unit === "ms" ? " (ms)" : ""), number: true, metric: m, value: (i) => m.median[i] });
    }
    return all;
  }

  // places are those of the configurations in order of their names.
  places() {
    if (!this.placed) {
      const order = [...this.study.valid.keys()].sort((i, j) => this.study.label(i).localeCompare(this.study.label(j), "en", { numeric: true }));
      this.placed = [];
      order.forEach((i, place) => { this.placed[i] = place; });
    }
    return this.placed;
  }

  makeHead() {
    const { element } = gossipbench;
    const row = element("tr");
    for (const c of this.columns()) {
      const head = element("th", { scope: "col", class: c.number ? "num" : null, title: c.metric?.words },
        element("button", { type: "button", onclick: () => this.sortBy(c.key) }, c.head));
      if (c.key === this.sort) head.setAttribute("aria-sort", this.down ? "descending" : "ascending");
      if (c.metric?.target) head.append(element("br"), element("span", { class: "target" }, c.metric.target.text));
      row.append(head);
    }
    this.table.tHead.replaceChildren(row);
  }

  // sortBy sorts by a column: upwards, then downwards, then as the page had it.
  sortBy(key) {
    if (this.sort !== key) [this.sort, this.down] = [key, false];
    else if (!this.down) this.down = true;
    else [this.sort, this.down] = [null, false];
    this.makeHead();
    const at = this.columns().findIndex((c) => c.key === key);
    this.table.tHead.rows[0].cells[at].querySelector("button").focus();
    this.update();
    gossipbench.announce(this.sort === null ? "Sorted with the best first" : "Sorted by " + key + (this.down ? ", descending" : ", ascending"));
  }

  sorted() {
    const all = this.study.chosen();
    const c = this.columns().find((c) => c.key === this.sort);
    if (!c) return all;
    const sign = this.down ? -1 : 1;
    const value = all.map(c.value);
    const order = all.map((_, n) => n);
    order.sort((a, b) => {
      const x = value[a], y = value[b];
      if (x === null || y === null) return (x === null) - (y === null) || a - b; // what is not known comes last
      return sign * (x - y) || a - b;
    });
    return order.map((n) => all[n]);
  }

  update() {
    this.touched = true;
    const { element } = gossipbench;
    const columns = this.columns();
    const all = this.sorted();
    const body = element("tbody");
    for (const i of all.slice(0, this.rows)) {
      const row = element("tr", { class: this.study.pick[i] ? "picked" : null });
      for (const c of columns) row.append(this.cell(c, i));
      body.append(row);
    }
    if (all.length > this.rows) {
      body.append(element("tr", { class: "more-rows" }, element("td", { colspan: columns.length },
        element("button", { type: "button", onclick: () => { this.rows *= 3; this.update(); } }, "Show more of the " + (all.length - this.rows) + " others"))));
    }
    if (all.length === 0) body.append(element("tr", {}, element("td", { colspan: columns.length }, "No configuration fits all filters.")));
    this.table.tBodies[0].replaceWith(body);
    this.table.querySelector("caption .more")?.remove();
  }

  cell(c, i) {
    const { element, digits } = gossipbench;
    const s = this.study;
    if (c.setting) return element("td", {}, s.label(i));
    if (c.factor !== undefined) return element("td", {}, s.level(c.factor, i) || "–");
    if (c.key === "n") return element("td", { class: "num" }, String(s.valid[i]), s.unused[i] ? " " : null, s.unused[i] ? element("span", { class: "unused" }, s.unused[i]) : null, s.unrun[i] ? " " : null, s.unrun[i] ? element("span", { class: "unused" }, s.unrun[i] + " not run") : null);
    if (c.key === "targets") return element("td", { class: s.verdict[i] }, s.verdict[i]);
    const m = c.metric;
    const td = element("td", { class: "num " + (m.verdict?.[i] ?? "") });
    if (m.median[i] === null) td.append("–");
    else {
      const [median, least, most] = digits(m.median[i], s.least(m, i), s.most(m, i));
      td.append(median);
      if (least !== most) td.append(" ", element("span", { class: "range" }, least + "–" + most));
    }
    if (m.missed?.[i]) td.append(" ", element("span", { class: "missed" }, m.missed[i] + "/" + this.trialsTotal(i) + " miss"));
    return td;
  }

  // trialsTotal is the number of trials of a configuration, of any outcome.
  trialsTotal(i) {
    const unused = [...this.study.unused[i].matchAll(/\d+/g)].reduce((sum, [n]) => sum + Number(n), 0);
    return this.study.valid[i] + unused;
  }

  makeTools() {
    const { element } = gossipbench;
    const boxes = this.study.metrics.map((m) => element("label", { title: m.words },
      element("input", {
        type: "checkbox", checked: this.shown.has(m.name), onchange: (e) => {
          if (e.target.checked) this.shown.add(m.name);
          else this.shown.delete(m.name);
          this.makeHead();
          this.update();
        },
      }), " " + m.name));
    if (this.study.factors.length > 1) {
      boxes.unshift(element("label", {}, element("input", { type: "checkbox", checked: this.apart, onchange: (e) => { this.apart = e.target.checked; this.makeHead(); this.update(); } }), " a column for each factor"));
    }
    this.tools.append(
      element("details", {}, element("summary", {}, "Columns"), element("div", {}, ...boxes)),
      element("button", { type: "button", class: "csv", onclick: () => this.saveSettings() }, "These configurations as CSV"),
      element("button", { type: "button", class: "trials", onclick: () => this.saveTrials() }, "Their trials as CSV"));
    this.tools.hidden = false;
  }

  saveSettings() {
    const s = this.study;
    const metrics = s.metrics.filter((m) => this.shown.has(m.name));
    const names = [...s.factors.map((f) => f.name), "n", "not in the numbers", "not run", ...(s.hasTargets ? ["targets"] : []), ...metrics.flatMap((m) => [m.name + " median", m.name + " least", m.name + " most"])];
    const rows = this.sorted().map((i) => [...s.factors.map((_, n) => s.level(n, i)), s.valid[i], s.unused[i], s.unrun[i], ...(s.hasTargets ? [s.verdict[i]] : []), ...metrics.flatMap((m) => [m.median[i], s.least(m, i), s.most(m, i)])]);
    gossipbench.save(s.name + "-configurations.csv", "text/csv", gossipbench.csv(names, rows));
  }

  saveTrials() {
    const s = this.study, t = s.trials;
    const values = Object.keys(t.values);
    const names = ["trial", ...s.factors.map((f) => f.name), "replicate", "seed", "outcome", ...values];
    const rows = this.sorted().flatMap((i) => s.trialsOf[i].map((n) => [t.id[n], ...s.factors.map((_, f) => s.level(f, i)), t.replicate[n], t.seed[n], t.outcome[n], ...values.map((v) => t.values[v][n])]));
    gossipbench.save(s.name + "-all-trials.csv", "text/csv", gossipbench.csv(names, rows));
  }
};
