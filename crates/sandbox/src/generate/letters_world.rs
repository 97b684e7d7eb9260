//! Letters in other languages and scripts, two of them written from right to left.
//! A client that mistakes bytes, directions or widths shows it here.

use crate::generate::card::{Answer, CARD, Card, File, Voice};
use crate::generate::letter::Place;

pub(super) const CARDS: [Card; 11] = [
    Card {
        from: Voice::Named("Jürgen Größmann", "juergen.groessmann@werkraum.example"),
        subject: "Rückfrage zum Angebot für {project}",
        text: "Liebe Frau Lovelace,\n\nvielen Dank für das ausführliche Angebot. Zwei Fragen habe ich noch: Gilt der Preis auch, wenn wir erst im übernächsten Monat beginnen? Und ist die Einführungsschulung in {city} schon enthalten?\n\nÜber eine kurze Rückmeldung bis Ende der Woche würde ich mich freuen.\n\nMit freundlichen Grüßen\nJürgen Größmann",
        answers: &[
            Answer::Mine(
                "Lieber Herr Größmann,\n\nzweimal ja: Der Preis gilt bis Jahresende, und die Schulung ist enthalten.\n\nHerzliche Grüße\nAda Lovelace",
            ),
            Answer::Theirs("Wunderbar, dann machen wir es so. Der unterschriebene Auftrag ist unterwegs."),
        ],
        category: "Work",
        ..CARD
    },
    Card {
        from: Voice::Named("ليلى منصور", "layla.mansour@cedarline.example"),
        subject: "موعد الاجتماع القادم بخصوص مشروع {project}",
        text: "عزيزتي آدا،\n\nأتمنى أن تكوني بخير. هل يناسبك أن نجتمع يوم الثلاثاء القادم في الساعة العاشرة صباحًا لمناقشة المرحلة الثانية من المشروع؟ أرفقت جدول الأعمال مع هذه الرسالة.\n\nالنقاط الرئيسية هي الميزانية، والجدول الزمني، وتجربة المستخدم باللغة العربية.\n\nمع أطيب التحيات،\nليلى",
        files: &[File::Pdf("جدول الأعمال.pdf")],
        rtl: true,
        ..CARD
    },
    Card {
        from: Voice::Named("נועה לוי", "noa.levi@galim.example"),
        subject: "תודה על הביקור, והצעד הבא",
        text: "שלום עדה,\n\nתודה רבה על הביקור בשבוע שעבר. הצוות עדיין מדבר על ההדגמה, ובמיוחד על המהירות של החיפוש.\n\nהאם נוכל לקבל גישה לסביבת הניסיון עד יום חמישי? אנחנו רוצים לבדוק גם טקסט מעורב, למשל Petrel 2.0 בתוך משפט בעברית.\n\nבברכה,\nנועה",
        rtl: true,
        answers: &[Answer::Mine("שלום נועה, הגישה פתוחה כבר מהבוקר. בהצלחה!\n\nעדה")],
        ..CARD
    },
    Card {
        from: Voice::Named("田中 美咲", "misaki.tanaka@hoshizora.example"),
        subject: "【ご確認】来週の打ち合わせについて({project})",
        text: "ラブレス様\n\nいつもお世話になっております。星空株式会社の田中です。\n\n来週の打ち合わせですが、下記の日程でご都合はいかがでしょうか。\n\n- 火曜日 14:00〜15:00\n- 木曜日 10:30〜11:30\n\n資料は前日までにお送りいたします。お忙しいところ恐れ入りますが、ご確認のほどよろしくお願いいたします。\n\n田中 美咲",
        answers: &[Answer::Mine(
            "田中様\n\nご連絡ありがとうございます。木曜日の10:30でお願いいたします。\n\nエイダ・ラブレス",
        )],
        ..CARD
    },
    Card {
        from: Voice::Named("Ελένη Παπαδοπούλου", "eleni.papadopoulou@thalassa.example"),
        subject: "Το συνέδριο στη Θεσσαλονίκη",
        text: "Αγαπητή Ada,\n\nμε χαρά σας προσκαλούμε να μιλήσετε στο συνέδριό μας τον επόμενο μήνα. Το θέμα είναι ελεύθερο, αλλά το κοινό μας αγαπά τις ιστορίες από την πράξη.\n\nΑναλαμβάνουμε το ταξίδι και τη διαμονή δίπλα στη θάλασσα. Θα χαρούμε πολύ αν δεχτείτε!\n\nΜε εκτίμηση,\nΕλένη Παπαδοπούλου",
        files: &[File::Pdf("Πρόγραμμα.pdf")],
        category: "Travel",
        place: Place::Folder("Travel"),
        ..CARD
    },
    Card {
        from: Voice::Named("João Gonçalves", "joao.goncalves@maresia.example"),
        subject: "Atualização do projeto {project}: avançámos!",
        text: "Olá Ada,\n\nboas notícias: a migração terminou ontem à noite sem surpresas, e os tempos de resposta caíram {percent} por cento. Ainda falta a documentação, que fica pronta até sexta-feira.\n\nQuando vens a Lisboa? O pastel de nata fica por minha conta.\n\nUm abraço,\nJoão",
        answers: &[
            Answer::Mine("Obrigada, João! Que bela notícia. Em {nextmonth}, se os comboios deixarem.\n\nAda"),
            Answer::Theirs("Combinado! Reservo já a mesa."),
        ],
        ..CARD
    },
    Card {
        from: Voice::Named("Amélie Dubois", "amelie.dubois@atelier-sud.example"),
        subject: "Maquettes : dernière relecture avant l'impression",
        text: "Bonjour Ada,\n\nvoici les maquettes corrigées. J'ai remplacé les guillemets, revu les espaces insécables et agrandi la légende de la page 7. Peux-tu relire une dernière fois avant jeudi midi ?\n\nMerci mille fois,\nAmélie",
        files: &[File::Pdf("maquettes-v4.pdf"), File::Picture("page-7.png")],
        ..CARD
    },
    Card {
        from: Voice::Named("Дмитрий Соколов", "d.sokolov@polyarnaya.example"),
        subject: "Перевод интерфейса: вопросы по трём строкам",
        text: "Здравствуйте, Ада!\n\nЗаканчиваю перевод и споткнулся о три строки: «Archive», «Flag» и «Snooze». Глагол или существительное? По-русски это разные слова.\n\nОстальное готово, проверил и на узких экранах.\n\nС уважением,\nДмитрий",
        answers: &[Answer::Mine("Здравствуйте, Дмитрий! Все три глаголы. Спасибо за внимательность.\n\nАда")],
        plain: true,
        ..CARD
    },
    Card {
        from: Voice::Named("王小明", "xiaoming.wang@changjiang.example"),
        subject: "关于{project}项目的进度更新",
        text: "艾达您好：\n\n测试环境已经部署完毕，本周五之前可以开始验收。附件是测试数据的汇总，其中第三项的结果比预期好{percent}%。\n\n如有问题请随时联系我。\n\n祝好，\n王小明",
        files: &[File::Csv("测试结果.csv")],
        ..CARD
    },
    Card {
        from: Voice::Named("Zofia Żółkiewska", "zofia.zolkiewska@brzask.example"),
        subject: "Faktura {order} i małe pytanie",
        text: "Dzień dobry,\n\nw załączniku przesyłam fakturę {order} na kwotę {money} zł. Mam też małe pytanie: czy możemy przesunąć termin oddania o tydzień? Źródła danych okazały się bogatsze, niż myśleliśmy.\n\nPozdrawiam serdecznie,\nZofia Żółkiewska",
        files: &[File::Pdf("Faktura {order}.pdf")],
        category: "Finance",
        place: Place::Folder("Receipts"),
        ..CARD
    },
    Card {
        from: Voice::Named("Ayşe Yılmaz", "ayse.yilmaz@bogazici-tasarim.example"),
        subject: "Yeni simgeler hazır 🎉",
        text: "Merhaba Ada,\n\nyeni simge takımı hazır! Karanlık görünümde de denedim, çizgiler artık kaybolmuyor. İlk örnek aşağıda, hepsi perşembe günü depoda olacak.\n\nSevgiler,\nAyşe 👩🏽‍🎨",
        files: &[File::Inline("simgeler.png")],
        answers: &[Answer::Mine("Harika görünüyor, ellerine sağlık! 👏\n\nAda")],
        ..CARD
    },
];
