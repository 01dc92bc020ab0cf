import type { TransformCallback } from 'node:stream';
import { Transform } from 'node:stream';
import type { Result } from 'tap-parser';
import { Parser } from 'tap-parser';

/**
 * Prints raw TAP, then the path of every failure, and as its last line how many tests passed and failed: the line by
 * which a run is read.
 */
export class TapReporter extends Transform {
  #counts = { passed: 0, failed: 0, skipped: 0 };
  #failedInFile = 0;
  #failures: string[] = [];
  #parser = new Parser();

  constructor() {
    super();
    this.#collect(this.#parser);
    // One child of the run is one file; one test point in it is one test.
    this.#parser.on('child', (file: Parser) => {
      this.#failedInFile = 0;
      file.on('assert', (test: Result) => this.#count(test));
    });
    this.#parser.on('assert', (file: Result) => {
      // A file that crashed, timed out or held no test has failed without a failing test.
      if (!file.ok && this.#failedInFile === 0) this.#counts.failed += 1;
    });
  }

  #count(test: Result): void {
    if (!test.ok) {
      this.#counts.failed += 1;
      this.#failedInFile += 1;
    } else if (test.skip) this.#counts.skipped += 1;
    else this.#counts.passed += 1;
  }

  /** Notes what failed at every depth, and what the failure said, since the end of a long run is all that is kept of it. */
  #collect(parser: Parser): void {
    parser.on('child', (child: Parser) => this.#collect(child));
    parser.on('assert', ({ ok, fullname, diag }: Result) => {
      if (!ok) this.#failures.push(`${fullname}\n  ${JSON.stringify(diag ?? {}).slice(0, 2_000)}`);
    });
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#parser.write(chunk);
    done(null, chunk);
  }

  override _flush(done: TransformCallback): void {
    this.#parser.end();
    const { passed, failed, skipped } = this.#counts;
    const failures = this.#failures.map((failure) => `failed: ${failure}\n`).join('');
    done(null, `${failures}${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`);
  }
}

// tap takes a reporter as a module's default export.
export default TapReporter;
