package trial

import (
	"slices"
	"strings"
)

// Need is what a setting needs of another one to have a use: one of these levels,
// or where not is set, none of them.
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

// level is what a trial has of the setting.
func (n Need) level(t *Trial) string { return format(settings[byName[n.setting]].field(t)) }

// met reports whether a trial has what is needed.
func (n Need) met(t *Trial) bool { return slices.Contains(n.levels, n.level(t)) != n.not }

// The needs that several settings share.
var (
	disseminates = Need{setting: "workload", levels: []string{"dissemination"}}
	withClients  = Need{setting: "workload", levels: []string{"dissemination"}, not: true}
	withKeys     = Need{setting: "workload", levels: []string{"kafka", "txn-rw-register", "txn-list-append"}}
	transactions = Need{setting: "workload", levels: []string{"txn-rw-register", "txn-list-append"}}
	gossiped     = Need{setting: "workload", levels: []string{"broadcast", "dissemination", "g-set"}}
)

// needs says whom a setting concerns: all trials, unless it stands here. A setting
// is refused where no trial of the experiment has a use for it; a trial that has
// none has it at its default, and its ID does not count it.
var needs = map[string][]Need{
	"topology":           {gossiped},
	"latency_min":        {{setting: "latency_dist", levels: []string{"constant"}, not: true}},
	"latency_dist":       {{setting: "latency", levels: []string{"0s"}, not: true}, {setting: "rounds", levels: []string{"synchronous"}, not: true}},
	"degree":             {{setting: "topology", levels: []string{"random"}}},
	"message_time":       {{setting: "backend", levels: []string{"sim"}}, {setting: "network", levels: []string{"maelstrom"}}, gossiped},
	"jitter":             {{setting: "backend", levels: []string{"sim"}}, {setting: "network", levels: []string{"maelstrom"}}, {setting: "rounds", levels: []string{"synchronous"}, not: true}},
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

// young are the settings whose needs were found when trials had been stored whose IDs
// count them in any case.
var young = map[string]bool{"topology": true, "latency_min": true, "latency_dist": true}

// needsOf are the needs of each setting, by its index, with the index of the setting
// that each is about.
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

// lacking returns what a trial lacks for a setting, by its index, to have a use, and
// whether it lacks anything. What nobody knows of the trial may be there.
func (t *Trial) lacking(setting int) (Need, bool) { return t.lackingBy(today, setting) }

// lackingBy is lacking by the needs that were known when an ID was made.
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

// Settle sets the settings to their defaults for which the trial has no use.
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
