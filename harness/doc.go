// Command harness compares ways to spread a message: it runs experiments and reads
// their results.
//
// The folders below this one are the steps that data takes, and a package imports
// only packages of its own step or of an earlier one (arrows_test.go in the root
// holds them to it):
//
//  1. trial has the nouns: Trial, Setting, Metric, Result, Target. experiment reads a
//     file and expands its factors into trials. glomers has the challenges of Gossip
//     Glomers: a plan for them, and a judgement of what came.
//  2. workload is what reaches the cluster from outside: ops, threads, faults, all
//     fixed by the seed. network is what lies between nodes, with the services that
//     Maelstrom offers (network/services). history is what clients saw (edn is its
//     format), and checker judges it.
//  3. sim, native and maelstrom are the backends: they run one trial. sim runs it in
//     virtual time, and plays nodes that speak JSON in sim/server. runner runs many
//     trials; process, scratch and code serve it: groups of processes, temporary
//     folders, hashes of the code that made a result.
//  4. store appends results to a file, loads them and resumes.
//  5. query groups, filters and names results, and looks up what they measured.
//  6. stats has the numbers: medians, intervals, tests, corrections.
//  7. compare decides whether two sides differ: also gate, pareto, effects and
//     whether backends agree. choose says which configuration to take, as data.
//  8. table, texttab, timeline, plot, export and report are what a person or a program reads.
//  9. cli is what the verbs share: streams and exit statuses, folders of results,
//     flags, completion, progress.
//
// The files of this folder are the verbs, one each.
package main
