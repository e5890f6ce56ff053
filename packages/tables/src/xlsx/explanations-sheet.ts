/** The second sheet of a template; its presence in a file is no reason for a warning. */
export const EXPLANATIONS_SHEET = '填写说明 Notes';
