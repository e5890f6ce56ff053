/**
 * The quick cases by section as one file: mutation testing runs them some two thousand times, and most of a run of
 * separate files is loading the same modules again. `npm test` runs the files themselves.
 */
import './civil-affairs.unit.test.js';
import './conclusion.unit.test.js';
import './evidence.unit.test.js';
import './evidence-amounts.unit.test.js';
import './evidence-in-steps.unit.test.js';
import './exact.unit.test.js';
import './income.unit.test.js';
import './matching.unit.test.js';
import './policy-compiled.unit.test.js';
import './policy-document.unit.test.js';
import './policy-lookup.unit.test.js';
import './policy-meaning.unit.test.js';
import './policy-reasons.unit.test.js';
import './programme-tests.unit.test.js';
import './property.unit.test.js';
import './sources.unit.test.js';
import './supporters.unit.test.js';
