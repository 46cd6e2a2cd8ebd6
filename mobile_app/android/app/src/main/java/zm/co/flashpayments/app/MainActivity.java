package zm.co.flashpayments.app;

import com.getcapacitor.BridgeActivity;

public class MainActivity extends BridgeActivity {}
