/** Exits 0 when the service of this container is ready, else 1. */
const answer = await fetch('http://127.0.0.1:8080/ready').catch(() => null);
process.exit(answer?.ok ? 0 : 1);
