// In a container this is process 1, whose signals the kernel drops until somebody listens: so listen before the long
// part of the start, which is loading everything else.
const leaveAtOnce = (): void => process.exit(0);
process.once('SIGTERM', leaveAtOnce).once('SIGINT', leaveAtOnce);

const { serve } = await import('./serve.ts');
await serve(process.env, () => process.off('SIGTERM', leaveAtOnce).off('SIGINT', leaveAtOnce));

// Makes this file a module, so that it may await.
export {};
