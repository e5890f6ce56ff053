/** Stands in every report: raised whenever the same inputs could give another report. */
export const ENGINE_VERSION = 'hedui-means-test/1';
