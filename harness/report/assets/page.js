"use strict";

// Filters choose configurations by their levels, by words, and by what came out. They
// do by keyboard what marking in a chart does by mouse.
gossipbench.Filters = class {
  constructor(study, section) {
    const { element } = gossipbench;
    this.study = study;
    this.chips = [];
    const box = section.querySelector(".filters");
    study.factors.forEach((f, n) => box.append(f.levels.length > 14 ? this.list(f, n) : this.buttons(f, n)));
    this.count = element("strong", { class: "count" });
    this.search = element("input", { type: "search", placeholder: "words of a configuration", "aria-label": "Only configurations whose name holds these words", oninput: (e) => { study.text = e.target.value.trim().toLowerCase(); study.changed(null); } });
    this.pass = this.flag("only those that keep all targets", "onlyPass");
    this.front = this.flag("only the Pareto front", "onlyFront", "of " + study.aimed());
    this.marked = element("button", { type: "button", class: "marked", hidden: true, onclick: () => { study.brush = null; this.redraw(); study.changed(null); } }, "marked in the chart ✕");
    this.all = element("button", { type: "button", class: "reset", onclick: () => { study.reset(); this.search.value = ""; this.redraw(); study.changed(null); } }, "Show all");
    box.append(element("div", { class: "state" }, this.count, study.hasTargets ? this.pass : null, study.front.includes(true) ? this.front : null, this.search, this.marked, this.all));
    box.hidden = false;
    study.listeners.push(this);
    this.update();
  }

  // redraw takes what is marked out of the charts.
  redraw() { for (const l of this.study.listeners) if (l instanceof gossipbench.Scatter && l.view) l.draw(); }

  buttons(f, n) {
    const { element } = gossipbench;
    const chips = f.levels.map((l, at) => {
      const b = element("button", { type: "button", "aria-pressed": "false", onclick: () => { this.study.toggle(n, at); this.study.changed(null); } }, l);
      this.chips.push([b, n, at]);
      return b;
    });
    return element("fieldset", {}, element("legend", {}, f.name), element("div", { class: "chips" }, ...chips));
  }

  list(f, n) {
    const { element } = gossipbench;
    const select = element("select", { onchange: (e) => { this.study.levels[n] = new Set(e.target.value === "" ? [] : [Number(e.target.value)]); this.study.changed(null); } },
      element("option", { value: "" }, "all " + f.levels.length), ...f.levels.map((l, at) => element("option", { value: at }, l)));
    this.chips.push([select, n, -1]);
    return element("fieldset", {}, element("legend", {}, f.name), select);
  }

  flag(text, name, title) {
    const { element } = gossipbench;
    return element("button", { type: "button", "aria-pressed": "false", "data-flag": name, title, onclick: () => { this.study[name] = !this.study[name]; this.study.changed(null); } }, text);
  }

  update() {
    const s = this.study;
    for (const [e, n, at] of this.chips) {
      if (at >= 0) e.setAttribute("aria-pressed", s.levels[n].has(at));
      else e.value = s.levels[n].size === 1 ? [...s.levels[n]][0] : "";
    }
    this.pass.setAttribute("aria-pressed", s.onlyPass);
    this.front.setAttribute("aria-pressed", s.onlyFront);
    this.marked.hidden = s.brush === null;
    this.all.disabled = !s.filtered;
    const n = s.chosen().length;
    this.count.textContent = n + " of " + s.size + (s.size === 1 ? " configuration" : " configurations");
    gossipbench.announce(this.count.textContent);
  }
};

// start brings a study to life: first the table, which is light, then the charts
// one by one, so that the page can be read meanwhile.
gossipbench.start = (article) => {
  const study = new gossipbench.Study(article.dataset.study);
  const charts = article.querySelector(".charts"), figures = charts.querySelector(".figures");
  new gossipbench.Filters(study, charts);
  study.table = new gossipbench.Table(study, article.querySelector(".settings"));
  figures.hidden = false;
  study.charts = [];
  if (study.metrics.length > 1 && study.size > 1) study.charts.push(new gossipbench.Scatter(study, figures));
  if (study.factors.length > 0) study.charts.push(new gossipbench.Levels(study, figures));
  if (study.trials.id.length > 0 && study.metrics.length > 0) study.charts.push(new gossipbench.Trials(study, figures));
  return study;
};

// theme follows the system until a person decides.
gossipbench.theme = () => {
  const button = document.getElementById("theme"), root = document.documentElement;
  const show = () => { button.textContent = gossipbench.dark() ? "Light" : "Dark"; };
  const system = matchMedia("(prefers-color-scheme: dark)");
  const follow = () => { root.style.colorScheme = system.matches ? "dark" : "light"; show(); };
  follow();
  const redraw = () => Promise.all(gossipbench.studies.flatMap((s) => s.charts.filter((c) => c.view).map((c) => c.draw())));
  let decided = false;
  system.addEventListener("change", () => { if (!decided) { follow(); redraw(); } });
  button.addEventListener("click", () => {
    decided = true;
    root.style.colorScheme = gossipbench.dark() ? "light" : "dark";
    show();
    redraw();
  });
  button.hidden = false;
  const print = document.getElementById("print");
  print.addEventListener("click", async () => {
    const was = root.style.colorScheme;
    root.style.colorScheme = "light";
    await redraw();
    window.print();
    root.style.colorScheme = was;
    await redraw();
  });
  print.hidden = false;
};

gossipbench.studies = [...document.querySelectorAll("article.study")].map(gossipbench.start);
gossipbench.theme();
gossipbench.ready = (async () => {
  for (const study of gossipbench.studies) for (const chart of study.charts) await chart.draw();
  document.documentElement.dataset.ready = Math.round(performance.now()); // ms after the page was opened
})();
