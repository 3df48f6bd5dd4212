/**
 * Keeps the public surface in files, so that a change of it shows in a diff: node scripts/api-report.mjs [--check]
 *
 * One report an entry point of packages/quadric, made from its built declarations. With --check nothing is written, and a
 * report that differs from the declarations is an error.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Extractor, ExtractorConfig } from "@microsoft/api-extractor";

const folder = fileURLToPath(new URL("../packages/quadric", import.meta.url));
const check = process.argv.includes("--check");
const { exports } = JSON.parse(readFileSync(`${folder}/package.json`, "utf8"));
const silent = { default: { logLevel: "none" } };

for (const { types } of Object.values(exports).filter((entry) => entry.types)) {
  const name = types.match(/([^/]+)\.d\.ts$/)[1];
  const config = ExtractorConfig.prepare({
    packageJsonFullPath: `${folder}/package.json`,
    configObject: {
      projectFolder: folder,
      mainEntryPointFilePath: `${folder}/${types}`,
      compiler: {
        overrideTsconfig: {
          extends: "../../tsconfig.base.json",
          compilerOptions: {
            allowImportingTsExtensions: true,
            rewriteRelativeImportExtensions: false,
            noEmit: true,
            types: ["node"],
          },
          files: [types],
        },
      },
      apiReport: {
        enabled: true,
        reportFileName: `${name}.api.md`,
        reportFolder: `${folder}/api`,
        reportTempFolder: `${folder}/../../node_modules/.cache/api`,
      },
      messages: { compilerMessageReporting: silent, extractorMessageReporting: silent, tsdocMessageReporting: silent },
    },
  });
  const { apiReportChanged } = Extractor.invoke(config, {
    localBuild: !check,
    messageCallback: (message) => {
      message.handled = true;
    },
  });
  if (check && apiReportChanged) {
    console.error(`api-report: packages/quadric/api/${name}.api.md must match the build. Run: npm run api`);
    process.exitCode = 1;
  }
}
