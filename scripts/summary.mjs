// Prints what the store of the working folder holds of the SEIR notebook; nothing when it has no finished run.
// Runs in Node 24, after the build.
// Not a static import: what is built is not there when the sources are checked.
const { openRuns } = await import("../dist/track/index.js");

const runs = openRuns(process.cwd());
const experiment = await runs.experimentByName("seir");
if (experiment !== null) {
  const query = {
    experimentIds: [experiment.id],
    filter: "attributes.status = 'FINISHED'",
    orderBy: ["metrics.rmse ASC"],
  };
  const { runs: found } = await runs.searchRuns(query);
  if (found.length > 0) console.log(`${found.length} fits; best: ${parameters(found[0])}`);
}

function parameters({ params, metrics }) {
  const fitted = Object.entries(metrics).map(([name, { value }]) => `${name} ${Number(value.toPrecision(4))}`);
  // The digest of the data is the same for all.
  const given = Object.entries(params).filter(([name]) => !name.startsWith("data."));
  return [...given.map(([name, value]) => `${name} ${value}`), ...fitted].join(", ");
}
