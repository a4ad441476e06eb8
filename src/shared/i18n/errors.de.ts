/** The texts of the error codes in German; `shared/errors.ts` has the codes and the English ones. */
export const germanErrorTexts = {
  // The way to the node
  NODE_UNREACHABLE:
    'Der Knoten antwortet nicht. Falls er beendet wurde, starten Sie Slotkeeper neu; dieses Fenster verbindet sich von selbst wieder.',
  NODE_NOT_RUNNING: 'Der Knoten läuft noch nicht. Versuchen Sie es wieder, wenn er gestartet ist.',
  NODE_STOPPING: 'Der Knoten wird gerade beendet. Starten Sie Slotkeeper neu, um fortzufahren.',
  BAD_INPUT:
    'Der Knoten hat diese Eingabe nicht angenommen. Berichtigen Sie, was unten genannt ist, und versuchen Sie es noch einmal.',
  UNKNOWN_CALL: 'Dieses Fenster gehört zu einer anderen Version als der Knoten. Laden Sie es neu.',
  INTERNAL:
    'Im Knoten ist etwas schiefgegangen. Versuchen Sie es noch einmal; wenn es wieder geschieht, senden Sie das Protokoll mit der Kennung unten ein.',
  NOT_ON_PRACTICE: 'Das geht nur im Übungsnetz.',

  // Start
  PORT_IN_USE:
    'Ein anderes Programm belegt den Port. Beenden Sie es, oder wählen Sie mit --port einen anderen.',
  PORT_NOT_ALLOWED: 'Dieses Konto darf den Port nicht benutzen. Wählen Sie mit --port einen über 1023.',
  WINDOW_NOT_BUILT: 'Das Fenster ist nicht gebaut. Führen Sie npm run build aus.',
  DATA_FOLDER_IN_USE:
    'Ein anderes Slotkeeper benutzt diesen Datenordner. Beenden Sie es, oder wählen Sie mit --data einen anderen Ordner.',
  DATA_FOLDER_OF_ANOTHER_VERSION:
    'Eine andere Version hat den Datenordner geschrieben. Starten Sie jene Version, oder wählen Sie mit --data einen anderen Ordner.',
  DATA_FOLDER_UNUSABLE:
    'Der Datenordner ist nicht lesbar oder nicht beschreibbar. Prüfen Sie, ob es ihn gibt und ob er Ihnen gehört.',
  DATABASE_DAMAGED:
    'Die Datenbank ist beschädigt. Es wurde nichts geändert; kopieren Sie den Datenordner, bevor Sie irgendetwas anderes tun.',
  LOG_FILE_UNWRITABLE:
    'Das Protokoll lässt sich nicht schreiben. Prüfen Sie den freien Platz und ob der Datenordner Ihnen gehört.',
  NO_CHAIN_BINARY:
    'Das Übungsnetz braucht anvil, und das fehlt hier. Führen Sie npm install noch einmal aus, oder legen Sie anvil in den PATH.',
  CHAIN_FAILED:
    'Die Chain des Übungsnetzes ist nicht gestartet. Den Grund nennt das Protokoll; starten Sie Slotkeeper neu.',
  PRACTICE_ENDED: 'Das Übungsnetz hat sich von selbst beendet. Starten Sie Slotkeeper neu.',
  PRACTICE_FOLDER_IN_USE: 'Ein anderes Slotkeeper betreibt dieses Übungsnetz. Beenden Sie es zuerst.',
  PRACTICE_NO_SLOT:
    'Jetzt kann keinem Slot etwas abgezogen werden. Einer muss belegt sein, noch keinen Nachweis versäumt haben und noch einige Minuten laufen.',
  PRACTICE_SLASH_UNDER_WAY: 'Ein Abzug ist schon unterwegs. Warten Sie, bis er geschehen ist.',

  // The wallet
  NO_WALLET:
    'Es gibt noch keine Wallet. Legen Sie eine an, oder importieren Sie den Schlüssel eines Kontos; dann startet der Knoten.',
  WALLET_EXISTS:
    'Es gibt schon eine Wallet. Entfernen Sie sie zuerst, wenn Sie eine andere möchten; ihre Datei bleibt erhalten.',
  WALLET_LOCKED: 'Die Wallet ist gesperrt. Entsperren Sie sie mit ihrer Passphrase.',
  WALLET_UNLOCKED: 'Die Wallet wird benutzt. Sperren Sie sie zuerst.',
  WALLET_DAMAGED:
    'Die Datei der Wallet ist beschädigt. Es wurde nichts geändert: Legen Sie eine Kopie zurück, oder entfernen Sie die Wallet und importieren Sie ihre Wörter oder ihren Schlüssel.',
  WALLET_FOLDER_UNUSABLE:
    'Der Ordner der Wallet ist nicht lesbar oder nicht beschreibbar. Prüfen Sie den freien Platz und ob er Ihnen gehört.',
  WRONG_PASSPHRASE:
    'Das ist nicht die Passphrase. Versuchen Sie es noch einmal; wenn Sie sich sicher sind, ist vielleicht die Datei beschädigt.',
  TOO_MANY_ATTEMPTS:
    'Zu viele falsche Passphrasen nacheinander. Warten Sie so lange, wie unten steht, und versuchen Sie es dann wieder.',
  PASSPHRASE_UNSUITABLE: 'Eine Passphrase hat mindestens 8 Zeichen. Wählen Sie eine längere.',
  BAD_MNEMONIC: 'Das sind nicht die Wörter einer Wallet. Prüfen Sie Schreibweise und Reihenfolge.',
  BAD_PRIVATE_KEY: 'Das ist kein privater Schlüssel. Er hat 64 hexadezimale Ziffern.',
  BAD_KEYSTORE:
    'Das ist keine lesbare Keystore-Datei. Wählen Sie die Datei, die die andere Wallet exportiert hat.',
  NOTHING_TO_CONFIRM: 'Keine neue Wallet wartet auf ihre Wörter. Legen Sie noch einmal eine an.',
  WORDS_DO_NOT_MATCH:
    'Das sind nicht die verlangten Wörter. Sehen Sie in dem nach, was Sie aufgeschrieben haben.',
  OTHER_KEY: 'Das ist der Schlüssel eines anderen Kontos. Entsperren Sie die Wallet mit ihrer Passphrase.',
  NO_KEY_STORE:
    'Der Schlüsselbund dieses Systems ist nicht benutzbar. Nehmen Sie eine Schlüsseldatei, oder entsperren Sie mit der Passphrase.',
  KEY_STORE_FAILED:
    'Der Schlüsselbund dieses Systems hat nicht geantwortet. Entsperren Sie die Wallet mit ihrer Passphrase.',
  KEY_FILE_UNUSABLE:
    'Die Schlüsseldatei ist nicht benutzbar. Prüfen Sie ihren Pfad und ob sie die Passphrase enthält.',
  KEY_FILE_UNSAFE:
    'Andere können die Schlüsseldatei lesen. Führen Sie den unten genannten Befehl aus, und versuchen Sie es noch einmal.',
  UNATTENDED_DAMAGED:
    'Wie die Wallet zu entsperren ist, lässt sich nicht lesen. Entsperren Sie sie mit ihrer Passphrase, und wählen Sie neu.',
  SLOTS_AT_STAKE:
    'Für laufende Slots sind Nachweise fällig, und das würde den Knoten daran hindern. Warten Sie, bis die Slots enden, oder fahren Sie trotzdem fort und verlieren ihre Sicherheiten.',

  // The chain
  CHAIN_UNREACHABLE:
    'Die Chain antwortet nicht. Prüfen Sie die Adresse ihres RPC und die Verbindung; es wird weiter versucht.',
  WRONG_CHAIN:
    'Der RPC gehört zu einer anderen Chain, als die Einstellungen sagen. Berichtigen Sie den RPC oder die Chain-ID.',
  NO_CONTRACT: 'An der Adresse des Marktplatzes ist kein Vertrag. Berichtigen Sie die Adresse oder das Netz.',
  NOT_A_MARKETPLACE: 'Der Vertrag an dieser Adresse ist kein Marktplatz. Berichtigen Sie die Adresse.',
  INSUFFICIENT_TOKENS:
    'Die Wallet hat zu wenig Token für die Sicherheit. Zahlen Sie Token ein, oder bieten Sie weniger an.',
  INSUFFICIENT_GAS:
    'Die Wallet kann die Transaktion nicht bezahlen. Zahlen Sie Münzen für Gas ein: Ohne sie kann kein Nachweis gesendet werden.',

  WRONG_FAMILY:
    'Der Vertrag ist von anderer Art als seine ABI. Setzen Sie Adresse und ABI zusammen, so wie das Netz sie veröffentlicht.',

  // Networks
  EXPORT_UNWRITABLE:
    'Die Datei lässt sich nicht schreiben. Wählen Sie einen anderen Ordner, oder schaffen Sie Platz; den Grund nennen die Einzelheiten.',
  EXPORT_GONE: 'Dieser Export läuft nicht mehr. Beginnen Sie ihn noch einmal.',
  SETTINGS_INVALID: 'Die Einstellungen sind nicht benutzbar. Berichtigen Sie, was unten genannt ist.',
  NETWORK_DATA_INVALID:
    'Diese Daten beschreiben das Netz nicht. Es wurde nichts geändert; holen Sie sie noch einmal.',
  NETWORK_DATA_DAMAGED:
    'Die gespeicherten Daten des Netzes sind beschädigt. Kehren Sie zu den eingebauten zurück, oder nehmen Sie neue an.',
  NETWORK_SOURCE_REFUSED:
    'Von dort werden keine Daten gelesen. Nennen Sie eine https-Adresse oder den ganzen Pfad einer Datei.',
  NETWORK_SOURCE_UNREADABLE:
    'Die Daten sind nicht lesbar. Prüfen Sie die Datei oder die Adresse; es wurde nichts geändert.',
  NETWORK_UNKNOWN: 'Ein Netz dieses Namens gibt es nicht. Wählen Sie eines der aufgeführten.',
  NETWORK_NOT_PROPOSED:
    'Diese Änderung liegt nicht mehr vor. Lassen Sie sie sich noch einmal zeigen, prüfen Sie sie, und nehmen Sie jene an.',
  ABI_UNUSABLE:
    'Die ABI ist nicht benutzbar. Berichtigen Sie die Datei oder die Einstellungen, die sie nennen.',
  NOT_CONFIRMED: 'Es wurde nichts geändert, weil es nicht bestätigt wurde.',
  CONFIRM_AT_TERMINAL:
    'Das braucht ein Ja am Terminal. Benutzen Sie den Befehl slotkeeper auf dem Computer, auf dem der Knoten läuft.',

  // Offers
  QUOTA_EXCEEDED:
    'Das ist mehr, als vom Kontingent übrig ist. Bieten Sie weniger an, oder erhöhen Sie das Kontingent in den Einstellungen.',
  QUOTA_BELOW_PROMISED:
    'Mehr als das ist gespeichert oder von Ihren Angeboten zugesagt. Setzen Sie ein größeres Kontingent, oder verkleinern Sie zuerst die Angebote.',
  QUOTA_OVER_DISK:
    'Der Datenträger hat weniger frei als das. Setzen Sie ein kleineres Kontingent, oder schaffen Sie Platz.',
  UNKNOWN_LEVEL:
    'Das ist keine Protokollstufe. Geben Sie eine ein, wie info, oder Stufen nach Thema, wie info;debug:sales.',
  NODE_FOLDERS_DAMAGED:
    'Zu welchem Netz die Daten gehören, ist nicht lesbar. Spielen Sie node-folders.json des Datenordners aus einer Kopie zurück.',
  SLOT_FOLDER_GONE:
    'Der Ordner der Slots ist nicht da. Schließen Sie seinen Datenträger wieder an; so lange ist kein Nachweis möglich.',
  MOVE_TARGET_UNUSABLE:
    'Dorthin lassen sich die Slots nicht verschieben. Wählen Sie einen leeren Ordner auf einem anderen Datenträger.',
  MOVE_UNDER_WAY: 'Die Slots werden schon verschoben. Setzen Sie das fort, oder brechen Sie es zuerst ab.',
  COPY_NOT_TRUE:
    'Eine Kopie liest sich anders, als sie geschrieben wurde. Prüfen Sie den Datenträger; gelöscht wurde nichts.',
  STORAGE_RECORD_DAMAGED:
    'Wo die Slots gespeichert sind, lässt sich nicht lesen. Berichtigen Sie storage.json im Datenordner; es wurde nichts geändert.',
  DISK_FULL: 'Auf dem Datenträger ist zu wenig Platz. Machen Sie welchen frei, oder bieten Sie weniger an.',
  SIZE_OUT_OF_BOUNDS:
    'Ein Angebot dieser Größe ist nicht möglich. Geben Sie mehr als 0 ein und höchstens so viel, wie übrig ist.',
  DURATION_OUT_OF_BOUNDS: 'Diese Dauer ist nicht möglich. Geben Sie mindestens eine Sekunde ein.',
  AMOUNT_OUT_OF_BOUNDS:
    'Dieser Betrag ist nicht möglich. Geben Sie einen über null ein, den eine Wallet fassen kann.',
  UNTIL_OUT_OF_BOUNDS: 'Dieses Ende ist nicht möglich. Wählen Sie ein Datum oder keines.',
  TOTAL_BELOW_RESERVED:
    'Von diesem Angebot steckt schon mehr in Verkäufen. Bieten Sie mindestens so viel an, oder warten Sie, bis sie enden.',
  COLLATERAL_BELOW_TIED:
    'Von diesem Angebot steckt schon mehr Sicherheit in Verkäufen. Geben Sie mindestens so viel, oder warten Sie, bis sie enden.',
  UNTIL_BEFORE_SALES_END:
    'Ein Verkauf dieses Angebots läuft länger. Wählen Sie ein späteres Ende oder keines; um nichts Neues anzunehmen, pausieren Sie das Angebot.',
  OFFER_WINDING_DOWN:
    'Dieses Angebot ist gelöscht und verschwindet mit seinem letzten Slot. Legen Sie ein neues an, um den Platz wieder anzubieten.',
  WORKERS_OUT_OF_RANGE:
    'So viele Slots fasst die Warteschlange nicht. Wählen Sie weniger Arbeiter oder in den Einstellungen eine längere Warteschlange.',
  BYTES_OUT_OF_BOUNDS:
    'Die Daten eines Slots sind größer, als seine Anfrage sagt. Mehr davon wird nicht gespeichert.',
  BACKTEST_REPLACED:
    'Eine neuere Frage hat diese ersetzt. Fragen Sie noch einmal, wenn Sie die Antwort noch brauchen.',
  ADDRESS_NOT_HERE:
    'Diesen Computer erreicht man unter der Adresse, die für den Zugang gewählt ist, nicht. Wählen Sie eine, die er hat.',
  TLS_UNUSABLE:
    'Zertifikat oder Schlüssel sind nicht zu gebrauchen. Prüfen Sie beide Dateien: Sie sind PEM und gehören zusammen.',
  PASSWORD_UNSUITABLE: 'Ein Passwort für den Zugang hat mindestens 12 Zeichen. Wählen Sie ein längeres.',
  LISTEN_FAILED:
    'Ein Port für andere Peers ist von einem anderen Programm belegt. Wählen Sie einen anderen mit „slotkeeper settings set listen-port“ oder „discovery-port“.',
  NETWORK_KEY_DAMAGED:
    'Der Schlüssel, an dem andere Peers diesen Knoten erkennen, lässt sich nicht lesen. Stellen Sie network-key.json im Datenordner wieder her, oder löschen Sie die Datei für eine neue Identität.',
  ACCOUNTS_NOT_BEGUN:
    'Die Konten beginnen, wenn die Chain gesagt hat, was das Konto hält. Warten Sie, bis die Chain antwortet.',
  ACCOUNTS_NOT_WRITTEN:
    'Was die Chain sagte, ließ sich noch nicht aufschreiben. Prüfen Sie den freien Platz auf dem Datenträger.',
  NOT_FOUND: 'Dieses Angebot gibt es nicht mehr. Laden Sie die Seite neu.',
} as const;
