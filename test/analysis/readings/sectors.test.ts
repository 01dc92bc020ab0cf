import { test } from 'tap';
import type { Reading } from '../../../src/analysis/readings/schemas.ts';
import { build } from '../../helpers/build.ts';

/** A paragraph of each language, with the sectors of its figures in their order. */
const PARAGRAPHS: Readonly<Record<string, readonly [text: string, ...sectors: string[]]>> = {
  de: [
    'Für den Ausbau der Stromnetze sind bis 2030 rund 300 Milliarden Euro vorgesehen. In Rechenzentren sollen 12 Milliarden Euro fließen. Die Investitionen in Künstliche Intelligenz werden 2026 auf 5 Milliarden Euro geschätzt. Für erneuerbare Energien sind 20 Milliarden Euro geplant. Der Bund gibt für den Klimaschutz 9 Milliarden Euro aus. Für Halbleiter werden 14 Milliarden Euro bereitgestellt.',
    'power-grid',
    'data-centres',
    'artificial-intelligence',
    'renewable-energy',
    'climate-action',
    'semiconductors',
  ],
  fr: [
    "Les investissements dans le réseau électrique atteindront 100 milliards d'euros d'ici 2040. L'intelligence artificielle recevra 30 milliards d'euros. Les centres de données coûteront 8 milliards d'euros. Dans les énergies renouvelables, 15 milliards d'euros sont attendus. Pour les lignes à grande vitesse, 6 milliards d'euros sont prévus. Les semi-conducteurs recevront 5 milliards d'euros.",
    'power-grid',
    'artificial-intelligence',
    'data-centres',
    'renewable-energy',
    'high-speed-rail',
    'semiconductors',
  ],
  es: [
    'La inversión en la red eléctrica alcanzará 13.600 millones de euros en 2030. En centros de datos se invertirán 8.000 millones de euros. La inteligencia artificial recibirá 1.500 millones de euros. En energías renovables se esperan 20.000 millones de euros. Los ferrocarriles recibirán 4.000 millones de euros. Para vehículos eléctricos habrá 3.000 millones de euros.',
    'power-grid',
    'data-centres',
    'artificial-intelligence',
    'renewable-energy',
    'railway',
    'clean-energy-vehicles',
  ],
  ja: [
    '電力網への投資は2030年に5兆円に達する。データセンターへの投資は1兆円を見込む。人工知能に2兆円を投じる。再生可能エネルギーには3兆円が必要だ。半導体の投資は10兆円になる。鉄道への投資は8000億円である。',
    'power-grid',
    'data-centres',
    'artificial-intelligence',
    'renewable-energy',
    'semiconductors',
    'railway',
  ],
  ko: [
    '전력망 투자는 2030년 5조원에 이를 것이다. 데이터센터 투자는 1조원으로 예상된다. 인공지능에 2조원을 투자한다. 재생에너지에는 3조원이 필요하다. 고속철도 투자는 8000억원이다. 전기차 충전소 투자는 4000억원이다.',
    'power-grid',
    'data-centres',
    'artificial-intelligence',
    'renewable-energy',
    'high-speed-rail',
    'charging-stations',
  ],
};

/** Sectors with the name that each of the five languages has for them: German, French, Spanish, Japanese, Korean. */
const NAMES: Readonly<Record<string, readonly [string, string, string, string, string]>> = {
  'new-infrastructure': [
    'Neue Infrastruktur',
    'Nouvelles infrastructures',
    'Nueva infraestructura',
    '新型インフラ',
    '신형 인프라',
  ],
  blockchain: ['Blockchain', 'Blockchain', 'Blockchain', 'ブロックチェーン', '블록체인'],
  'cloud-computing': [
    'Cloud-Computing',
    'Informatique en nuage',
    'Computación en la nube',
    'クラウド',
    '클라우드',
  ],
  'internet-of-things': [
    'Internet der Dinge',
    'Internet des objets',
    'Internet de las cosas',
    'モノのインターネット',
    '사물인터넷',
  ],
  'industrial-internet': [
    'Industrielles Internet',
    'Internet industriel',
    'Internet industrial',
    '産業インターネット',
    '산업인터넷',
  ],
  'charging-stations': [
    'Ladestationen',
    'Bornes de recharge',
    'Puntos de recarga',
    '充電ステーション',
    '충전 인프라',
  ],
  'digital-economy': [
    'Digitalwirtschaft',
    'Économie numérique',
    'Economía digital',
    'デジタル経済',
    '디지털 경제',
  ],
  telecom: ['Telekommunikation', 'Télécommunications', 'Telecomunicaciones', '電気通信', '통신업'],
  railway: ['Eisenbahn', 'Chemins de fer', 'Ferrocarriles', '鉄道', '철도'],
  'urban-rail': ['U-Bahn', 'Métro', 'Metro', '地下鉄', '지하철'],
  'mobile-networks': ['Mobilfunknetze', 'Réseaux mobiles', 'Redes móviles', '移動通信網', '이동통신망'],
  infrastructure: ['Infrastruktur', 'Infrastructures', 'Infraestructuras', 'インフラ', '인프라'],
  energy: ['Energie', 'Énergie', 'Energía', 'エネルギー', '에너지'],
  'clean-energy': [
    'Saubere Energie',
    'Énergies propres',
    'Energía limpia',
    'クリーンエネルギー',
    '청정에너지',
  ],
  'fossil-fuels': [
    'Fossile Brennstoffe',
    'Combustibles fossiles',
    'Combustibles fósiles',
    '化石燃料',
    '화석연료',
  ],
  'climate-adaptation': [
    'Klimaanpassung',
    'Adaptation au changement climatique',
    'Adaptación al cambio climático',
    '気候変動への適応',
    '기후변화 적응',
  ],
  decarbonisation: ['Dekarbonisierung', 'Décarbonation', 'Descarbonización', '脱炭素', '탈탄소'],
  'all-sectors': ['Gesamtwirtschaft', 'Tous les secteurs', 'Todos los sectores', '全産業', '전산업'],
};
const LANGUAGES = ['de', 'fr', 'es', 'ja', 'ko'];
/** What stands behind a name in its language: a figure that may be of it. */
const FIGURES = [
  ': 3 Mrd. Euro.',
  " : 3 milliards d'euros.",
  ': 3.000 millones de euros.',
  ': 3兆円。',
  ': 3조원.',
];

test('texts of five languages find the sectors of their figures', async (t) => {
  const { request } = await build(t);
  const read = async (text: string, language: string): Promise<Reading['data']> => {
    const payload = { text, language };
    const response = await request({ method: 'POST', url: '/v1/readings', payload });
    t.equal(response.statusCode, 200);
    return response.json<Reading>().data;
  };
  for (const [language, [text, ...sectors]] of Object.entries(PARAGRAPHS))
    t.strictSame(
      (await read(text, language)).map(({ draft }) => draft?.sector),
      sectors,
      language,
    );
  for (const [at, language] of LANGUAGES.entries()) {
    const lines = Object.values(NAMES).map((names) => `${names[at]}${FIGURES[at]}`);
    const found = (await read(lines.join('\n\n'), language)).map(({ draft }) => draft?.sector);
    t.strictSame(found, Object.keys(NAMES), `names in ${language}`);
  }
});

test('countries are found by what they are called in the language of the text', async (t) => {
  const { request } = await build(t);
  for (const [language, text, region] of [
    ['de', 'In Deutschland 2026 rund 18 Mrd. Euro für Rechenzentren.', 'DE'],
    ['fr', "En Allemagne, 18 milliards d'euros pour la 5G en 2026.", 'DE'],
    ['es', 'En Corea del Sur se invertirán 18 mil millones de euros en 5G en 2026.', 'KR'],
    ['ja', 'ドイツの5G投資額は2026年に180億ユーロとなる。', 'DE'],
    ['ko', '독일의 5G 투자는 2026년 180억 유로이다.', 'DE'],
    ['cs', 'Indie investuje v roce 2026 18 miliard eur.', 'IN'],
    // The word of another language is none of this one.
    ['en', 'Indie Partners invest 18 billion euros in 5G in 2026.', undefined],
  ] as const) {
    const response = await request({ method: 'POST', url: '/v1/readings', payload: { text, language } });
    const [figure] = response.json<Reading>().data;
    t.equal(figure?.draft?.region, region, text);
    if (language !== 'en')
      t.match(figure?.period, { stated: { start: '2026-01-01', end: '2026-12-31' } }, text);
  }
});

test('a bare year of a German sentence is that of its figure, but not within a name', async (t) => {
  const { request } = await build(t);
  for (const [text, end] of [
    ['Nordwind veranschlagt 2026 einen Bedarf von 25 Milliarden Euro.', '2026-12-31'],
    ['2026 veranschlagt Nordwind 3 Milliarden Euro.', '2026-12-31'],
    ['Die Investitionen in Rechenzentren 2026 rund 18 Mrd. Euro.', '2026-12-31'],
    ['Das Land benötigt 2027 etwa 4 Mrd. Euro.', '2027-12-31'],
    ['Die Branche beziffert 2025 insgesamt 7 Mrd. Euro an Investitionen.', '2025-12-31'],
    ['In der Agenda 2030 rund 5 Mrd. Euro.', undefined],
    ['In Agenda 2030 rund 5 Mrd. Euro.', undefined],
    ['Im Programm Horizont 2020 rund 5 Mrd. Euro.', undefined],
  ] as const) {
    const payload = { text, language: 'de' };
    const response = await request({ method: 'POST', url: '/v1/readings', payload });
    t.equal(response.json<Reading>().data[0]?.draft?.period?.end, end, text);
  }
});
