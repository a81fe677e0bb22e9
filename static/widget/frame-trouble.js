/** Why a frame shows no test. It is loaded beside the frame, which does not wait for it. */

/** How long a loaded frame may be silent. Our page speaks at once, and a browser's error page never does. */
const SILENCE_MS = 15_000;
const REFUSALS = ['origin_not_allowed', 'provider_not_found', 'test_not_found'];

/** @type {Record<string, Record<string, string>>} */
const TEXTS = {
  ru: {
    network: 'Не удалось загрузить тест. Проверьте, пожалуйста, подключение к интернету и обновите страницу.',
    test_not_found: 'Тест не найден. Возможно, его убрали или в адресе ошибка. Пожалуйста, сообщите об этом владельцам сайта.',
    refused: 'Тест недоступен на этой странице. Пожалуйста, сообщите об этом владельцам сайта: им нужно проверить настройки виджета.',
  },
  en: {
    network: 'The test could not be loaded. Please check your internet connection and reload the page.',
    test_not_found: 'Test not found. It may have been removed, or the address may be wrong. Please tell the owners of this site.',
    refused: 'The test is not available on this page. Please tell the owners of this site: the widget’s settings need checking.',
  },
  hy: {
    network: 'Թեստը հնարավոր չեղավ բեռնել։ Խնդրում ենք ստուգել ինտերնետ կապը և թարմացնել էջը։',
    test_not_found: 'Թեստը չի գտնվել։ Հնարավոր է, որ այն հեռացվել է, կամ հասցեում սխալ կա։ Խնդրում ենք տեղեկացնել կայքի տերերին։',
    refused: 'Թեստն այս էջում հասանելի չէ։ Խնդրում ենք տեղեկացնել կայքի տերերին. պետք է ստուգել վիջեթի կարգավորումները։',
  },
  az: {
    network: 'Testi yükləmək mümkün olmadı. Zəhmət olmasa, internet bağlantınızı yoxlayın və səhifəni yeniləyin.',
    test_not_found: 'Test tapılmadı. Ola bilsin, o silinib və ya ünvanda səhv var. Zəhmət olmasa, saytın sahiblərinə bildirin.',
    refused: 'Test bu səhifədə əlçatan deyil. Zəhmət olmasa, saytın sahiblərinə bildirin: vidcetin parametrləri yoxlanılmalıdır.',
  },
  kk: {
    network: 'Тестті жүктеу мүмкін болмады. Интернет байланысын тексеріп, бетті жаңартыңыз.',
    test_not_found: 'Тест табылмады. Ол жойылған немесе мекенжайда қате болуы мүмкін. Бұл туралы сайт иелеріне хабарлаңыз.',
    refused: 'Тест бұл бетте қолжетімсіз. Бұл туралы сайт иелеріне хабарлаңыз: виджеттің баптауларын тексеру керек.',
  },
  mn: {
    network: 'Тестийг ачаалж чадсангүй. Интернэт холболтоо шалгаад, хуудсыг дахин ачаална уу.',
    test_not_found: 'Тест олдсонгүй. Устгагдсан эсвэл хаяг нь буруу байж магадгүй. Энэ тухай сайтын эзэнд мэдэгдэнэ үү.',
    refused: 'Тестийг энэ хуудсанд нээх боломжгүй. Энэ тухай сайтын эзэнд мэдэгдэнэ үү: виджетийн тохиргоог шалгах хэрэгтэй.',
  },
  fr: {
    network: 'Le test n’a pas pu être chargé. Veuillez vérifier votre connexion à Internet et recharger la page.',
    test_not_found: 'Test introuvable. Il a peut-être été retiré, ou l’adresse est erronée. Veuillez en informer les propriétaires de ce site.',
    refused: 'Le test n’est pas disponible sur cette page. Veuillez en informer les propriétaires de ce site\u00a0: les réglages du widget sont à vérifier.',
  },
};

/**
 * A browser does not tell why it shows no frame, so the gateway is asked too.
 *
 * @param {string} address of the test's info @param {Promise<void>} loaded @param {() => boolean} spoke
 * @returns {Promise<string>} the code of `test-widget:load-failed`; pending as long as all is well
 */
export function trouble(address, loaded, spoke) {
  return new Promise((resolve) => {
    loaded.then(() => setTimeout(() => spoke() || resolve('network'), SILENCE_MS));
    // A frame that speaks tells a refusal itself.
    refusal(address).then((code) => code && !spoke() && resolve(code));
  });
}

/** @param {string} address @returns {Promise<string | undefined>} */
async function refusal(address) {
  try {
    const response = await fetch(address, { credentials: 'omit' });
    const { reason } = response.ok ? {} : (await response.json()).error;
    return REFUSALS.find((code) => code === reason);
  } catch {
    // The host's policy may allow the frame only, so the network is judged by the frame.
    return undefined;
  }
}

/** @param {string} code @param {Pick<FrameHello, 'attributes' | 'lang'>} host */
export function explain(code, { attributes, lang }) {
  const wanted = [attributes.locale || lang, ...navigator.languages].map((tag) => tag.split(/[-_]/)[0].toLowerCase());
  const locale = wanted.find((tag) => Object.hasOwn(TEXTS, tag)) ?? 'en';
  const text = document.createElement('p');
  text.lang = locale;
  text.setAttribute('role', 'alert');
  text.textContent = TEXTS[locale][code] ?? TEXTS[locale].refused;
  const look = {
    all: 'initial', display: 'block', padding: '1.25em', border: '1px solid', 'border-radius': '.75em', color: 'inherit',
    font: 'max(1rem, 16px)/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif',
  };
  for (const [name, value] of Object.entries(look)) text.style.setProperty(name, value);
  return text;
}
