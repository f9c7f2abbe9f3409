package trial

import (
	"slices"
	"strings"
)

// Need is the condition under which a setting matters: another setting has one of levels,
// or, if not is true, none of them.
type Need struct {
	setting string
	levels  []string
	not     bool
}

func (n Need) String() string {
	if n.not {
		return n.setting + " other than " + strings.Join(n.levels, ", ")
	}
	return n.setting + " " + strings.Join(n.levels, ", ")
}

// level returns the trial's level of the setting that n is about.
func (n Need) level(t *Trial) string { return format(settings[byName[n.setting]].field(t)) }

// met reports whether the trial satisfies n.
func (n Need) met(t *Trial) bool { return slices.Contains(n.levels, n.level(t)) != n.not }

// Needs that several settings share.
var (
	disseminates = Need{setting: "workload", levels: []string{"dissemination"}}
	withClients  = Need{setting: "workload", levels: []string{"dissemination"}, not: true}
	withKeys     = Need{setting: "workload", levels: []string{"kafka", "txn-rw-register", "txn-list-append"}}
	transactions = Need{setting: "workload", levels: []string{"txn-rw-register", "txn-list-append"}}
	virtual      = Need{setting: "backend", levels: []string{Sim}}
	gossiped     = Need{setting: "workload", levels: []string{"broadcast", "dissemination", "g-set"}}
)

// needs maps a setting to the needs of a trial that it concerns. A setting that is absent
// concerns all trials. An experiment is refused if it sets a setting that concerns none
// of its trials. In a trial that a setting does not concern, the setting has its default
// and is not part of the ID.
var needs = map[string][]Need{
	"topology":           {gossiped},
	"latency_min":        {{setting: "latency_dist", levels: []string{"constant"}, not: true}},
	"latency_dist":       {{setting: "latency", levels: []string{"0s"}, not: true}, {setting: "rounds", levels: []string{"synchronous"}, not: true}},
	"degree":             {{setting: "topology", levels: []string{"random"}}},
	"message_time":       {virtual, {setting: "network", levels: []string{"maelstrom"}}, gossiped},
	"jitter":             {virtual, {setting: "network", levels: []string{"maelstrom"}}, {setting: "rounds", levels: []string{"synchronous"}, not: true}},
	"stall":              {{setting: "network", levels: []string{"maelstrom"}}},
	"rounds":             {disseminates},
	"values":             {disseminates},
	"origins":            {disseminates},
	"until":              {disseminates},
	"dead":               {disseminates},
	"churn":              {disseminates},
	"key_count":          {withKeys},
	"max_writes_per_key": {withKeys},
	"max_txn_length":     {transactions},
	"consistency_models": {transactions},
	"concurrency":        {withClients},
	"recovery":           {withClients},
	"rpc_timeout":        {withClients},
	"availability":       {withClients},
	"nemesis_interval":   {{setting: "nemesis", levels: []string{"none"}, not: true}},
}

// young are settings that got their needs after results had been stored whose IDs count
// them always.
var young = map[string]bool{"topology": true, "latency_min": true, "latency_dist": true}

// needsOf has the needs of each setting, by the setting's index.
var needsOf = func() [][]indexed {
	all := make([][]indexed, len(settings))
	for name, list := range needs {
		for _, n := range list {
			all[byName[name]] = append(all[byName[name]], indexed{n, byName[n.setting]})
		}
	}
	return all
}()

type indexed struct {
	Need
	at int
}

// lacking returns the first need of a setting (by index) that the trial does not satisfy,
// and whether there is one. A need on an unknown setting counts as satisfied.
func (t *Trial) lacking(setting int) (Need, bool) { return t.lackingBy(today, setting) }

// lackingBy is lacking with the needs that an ID of that rule takes into account.
func (t *Trial) lackingBy(rule idRule, setting int) (Need, bool) {
	if rule != today && young[settings[setting].Name] {
		return Need{}, false
	}
	for _, n := range needsOf[setting] {
		if t.lacks(n.setting) {
			continue
		}
		level := n.level(t)
		if _, lacks := t.lackingBy(rule, n.at); lacks {
			level = settings[n.at].Default
		}
		if slices.Contains(n.levels, level) == n.not {
			return n.Need, true
		}
	}
	return Need{}, false
}

// Settle sets each setting that does not concern the trial to its default.
func (t *Trial) Settle() {
	var idle []int
	for i := range settings {
		if _, lacks := t.lacking(i); lacks {
			idle = append(idle, i)
		}
	}
	for _, i := range idle {
		assign(settings[i].field(t), settings[i].Default)
	}
}
