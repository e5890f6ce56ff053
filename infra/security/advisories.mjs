/**
 * What is known against the parts, held against what was looked at and accepted: each exception says why, by whom it was looked at and until
 * when. One that ended, or that nothing is known against any more, is a failure too, so that the list stays short.
 */
export function judge(audit, exceptions, today) {
  const known = new Map();
  for (const part of Object.values(audit.vulnerabilities ?? {})) {
    for (const via of part.via) {
      if (typeof via === 'string') continue;
      const id = /GHSA(?:-[0-9a-z]{4}){3}/.exec(via.url ?? '')?.[0] ?? String(via.source);
      known.set(id, { id, part: via.name, title: via.title, severity: via.severity });
    }
  }
  const problems = [];
  for (const { id, part, title, severity } of known.values()) {
    const accepted = exceptions.find((one) => one.id === id);
    if (!accepted) problems.push(`${part}: ${title} (${severity}, ${id}) is not in infra/security/exceptions.json`);
    else if (accepted.until < today) problems.push(`${part}: the exception for ${id} ended on ${accepted.until}`);
  }
  for (const { id } of exceptions) {
    if (!known.has(id)) problems.push(`${id} is an exception, and nothing is known of it any more: remove it`);
  }
  return { known: known.size, problems };
}
