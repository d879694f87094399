// Takes the funding addresses out of package-lock.json: npm writes them, `npm ci` does not read them, and lock files
// here hold no address. Runs at the end of `make lock`.
"use strict";

const fs = require("fs");
const path = require("path");

const file = path.join(__dirname, "..", "package-lock.json");
const lock = JSON.parse(fs.readFileSync(file, "utf8"));
for (const entry of Object.values(lock.packages)) delete entry.funding;
fs.writeFileSync(file, JSON.stringify(lock, null, 2) + "\n");
