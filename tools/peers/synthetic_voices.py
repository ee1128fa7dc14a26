"""Speech of espeak-ng for counting false alarms.

TEXTS holds LANGUAGE.txt, LANGUAGE being a voice of espeak-ng (en-gb, es, fr-fr, …). Every language is read by four voices, MINUTES each, the text beginning elsewhere for each.
"""
import argparse, subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

VARIANTS = ('m1', 'f2', 'm5', 'f4')
CHARACTERS_A_MINUTE = 900                                   # at 170 words a minute, rather more than needed


def speak(texts, out, minutes, language, k):
    text = ' '.join((Path(texts) / f'{language}.txt').read_text('utf-8', 'replace').split()).replace('%', ' ')
    n = minutes * CHARACTERS_A_MINUTE; at = (k * n) % max(1, len(text) - n); piece = text[at:at + n]
    path = Path(out) / f'espeak_{language}_{VARIANTS[k]}-00.wav'
    subprocess.run(['espeak-ng', '-v', f'{language}+{VARIANTS[k]}', '-s', str(150 + 12 * k), '-w', path, '--stdin'], input=piece.encode(), check=True)
    return path


if __name__ == '__main__':
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument('texts'); arguments.add_argument('out'); arguments.add_argument('minutes', type=int)
    texts, out, minutes = vars(arguments.parse_args()).values(); Path(out).mkdir(parents=True, exist_ok=True)
    jobs = [(texts, out, minutes, f.stem, k) for f in sorted(Path(texts).glob('*.txt')) for k in range(len(VARIANTS))]
    with ThreadPoolExecutor() as pool:
        for path in pool.map(lambda j: speak(*j), jobs): print(path)
